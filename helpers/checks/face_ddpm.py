"""Judging the functions of chapter 12, whose schedule is the notebook's own: T = 200, beta from 1e-4 to 0.02.

The network is called with time steps as whole numbers, one for each picture.
"""

import torch
from torch import Tensor, nn

from helpers.checks.ddpm import EQ_LOSS, Loss, ToyDenoiser
from helpers.checks.ddpm_sampling import (
    EQ_SAMPLE,
    NO_NOISE,
    TRAINING_MODE,
    Rule,
    SpyDenoiser,
    mean_mistakes,
    other_step,
    posterior_std,
    posterior_step,
)
from helpers.checks.fit import misfit, surprise
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction
from helpers.face_ddpm import TIMESTEPS
from helpers.schedules import linear_betas

SHAPE = (3, 8, 8)  # of a picture; small, since a sampler calls the network 200 times
_TOLERANCE = 2e-4

NORMALISED = Mistake("t_normalised", "t is divided by T: this network takes the number of the step", EQ_LOSS)
FROM_1 = Mistake("t_counts_from_1", "the network gets t + 1: here t counts from 0", EQ_LOSS)
ONE_T = Mistake("one_t_for_all", "the network gets a single t: torch.full((len(x),), t) gives one for each picture")


def schedule() -> dict[str, Tensor]:
    """Return the chapter's schedule in float64."""
    betas = linear_betas(TIMESTEPS).double()
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": (1 - betas).cumprod(0)}


def times_of(student: StudentFunction, t, count: int) -> Tensor:
    """Return the time steps that a network was called with, held to whole numbers, one for each picture."""
    t = torch.as_tensor(t).detach().double()
    if tuple(t.shape) != (count,):
        student.fail(
            "the network gets another number of times than pictures",
            expected=f"shape ({count},)",
            got=f"shape {tuple(t.shape)}",
            mistake=ONE_T if t.numel() == 1 else None,
        )
    if bool((t != t.round()).any()):
        student.fail("the network gets times that are no whole numbers", got=f"{t[0]:.4f}", mistake=NORMALISED)
    return t.long()


def losses(student: StudentFunction, count: int, seed: int) -> list[Loss]:
    """Call `p_losses(model, x0)` on batches of 64 pictures."""
    source, found = torch.Generator().manual_seed(seed + 97), []
    for number in range(count):
        model = ToyDenoiser()
        x_0 = torch.randn((64, *SHAPE), generator=source, dtype=torch.float64)
        loss = student.loss(model, x_0, seed=1000 * seed + number)
        if len(model.calls) != 1:
            student.fail("the network is not called once", expected="1 call", got=f"{len(model.calls)} calls")
        loss.backward()
        x_t, t = model.calls[0]
        found.append(Loss(loss.item(), model.weight.grad.item(), x_0, x_t, times_of(student, t, len(x_0))))
    return found


BETA_FOR_SIGMA = Mistake("beta_for_sigma", "the noise has the size sqrt(beta_t): this chapter uses sigma_t", EQ_SAMPLE)
SIGMA_SQUARED = Mistake("sigma_squared", "the noise is multiplied by the variance, sigma_t squared", EQ_SAMPLE)
STEP_MISTAKES: dict[Mistake, Rule] = {
    BETA_FOR_SIGMA: other_step(std=lambda t, s: s["betas"][t].sqrt() if t else 0.0),
    Mistake("beta_at_the_end", "noise of size sqrt(beta_0) is added at t = 0: the last step adds none", EQ_SAMPLE): (
        other_step(std=lambda t, s: s["betas"][t].sqrt())
    ),
    SIGMA_SQUARED: other_step(std=lambda t, s: posterior_std(t, s) ** 2),
    NO_NOISE: other_step(std=lambda t, s: 0.0),
    Mistake("noise_not_scaled", "the noise is added as it is: multiply it by sigma_t", EQ_SAMPLE): (
        other_step(std=lambda t, s: 1.0 if t else 0.0)
    ),
    Mistake("noise_at_the_end", "noise of size 1 is added at t = 0, too: the last step adds none", EQ_SAMPLE): (
        other_step(std=lambda t, s: 1.0)
    ),
    Mistake("sigma_one_early", "sigma is read at t - 1", EQ_SAMPLE): (
        other_step(std=lambda t, s: posterior_std(max(t - 1, 0), s))
    ),
    Mistake("sigma_one_late", "sigma is read at t + 1", EQ_SAMPLE): (
        other_step(std=lambda t, s: posterior_std(min(t + 1, TIMESTEPS - 1), s) if t else 0.0)
    ),
    Mistake("beta_one_early", "beta is read at t - 1", EQ_SAMPLE): other_step(
        lambda x, eps, t, s: _mean(x, eps, s["betas"][max(t - 1, 0)], s["alpha_bars"][t]), posterior_std
    ),
    Mistake("alpha_bar_one_early", "alpha-bar is read at t - 1", EQ_SAMPLE): other_step(
        lambda x, eps, t, s: _mean(x, eps, s["betas"][t], s["alpha_bars"][max(t - 1, 0)]), posterior_std
    ),
    Mistake("sign_of_eps", "the noise is added to x_t: take it away", EQ_SAMPLE): other_step(
        lambda x, eps, t, s: _mean(x, -eps, s["betas"][t], s["alpha_bars"][t]), posterior_std
    ),
} | mean_mistakes(posterior_std)


def _mean(x: Tensor, eps: Tensor, beta: Tensor, alpha_bar: Tensor) -> Tensor:
    return (x - beta / (1 - alpha_bar).sqrt() * eps) / (1 - beta).sqrt()


class SpyFaceDenoiser(SpyDenoiser):
    """The spy of chapter 10 behind a call with whole time steps, for small pictures in colour."""

    def __init__(self, seed: int):
        super().__init__(TIMESTEPS, seed)
        source = torch.Generator().manual_seed(seed)
        self.fields = 1.5 * torch.randn((TIMESTEPS, 1, *SHAPE), generator=source, dtype=torch.float64)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise at time steps t (B,), which are judged later: see `times`."""
        t = torch.as_tensor(t).detach().double()
        self.calls.append((x.detach().clone().double(), t.clone(), self.training))
        return self.noise(x.double(), int(t.flatten()[0])).to(x)

    def times(self, student: StudentFunction) -> list[int]:
        """Return the time step of each call, held to whole numbers, one for each picture."""
        return [int(times_of(student, t, len(x))[0]) for x, t, _ in self.calls]


Step = tuple[Tensor, Tensor, int, Tensor]  # x_t, the noise in it, t, x_{t-1}


def require_face_steps(student: StudentFunction, steps: list[Step]) -> None:
    """Hold steps at several times to mean and noise; where one differs, name the mistake that explains all of them."""
    numbers = schedule()
    misfits = [_misfit(step, posterior_step, numbers) for step in steps]
    if max(misfits) <= 1:
        return
    fits = {
        mistake: sum(surprise(step[3], rule(*step[:3], numbers), _TOLERANCE) for step in steps)
        for mistake, rule in STEP_MISTAKES.items()
        if sum(_misfit(step, rule, numbers) <= 1 for step in steps) > 0.9 * len(steps)
    }
    x, eps, t, x_next = steps[next(place for place, value in enumerate(misfits) if value > 1)]
    right = posterior_step(x, eps, t, numbers)
    student.fail(
        f"the step at t = {t} is wrong",
        expected=f"noise of size {right.std.mean():.4f} around the mean of the equation",
        got=f"{(x_next - right.mean).square().mean().sqrt():.4f}",
        mistake=min(fits, key=fits.get) if fits else None,
        read=EQ_SAMPLE,
    )


def _misfit(step: Step, rule: Rule, numbers: dict[str, Tensor]) -> float:
    x, eps, t, x_next = step
    return misfit(x_next, rule(x, eps, t, numbers), _TOLERANCE * max(1.0, x.abs().max().item()))


def require_evaluation(student: StudentFunction, model: SpyFaceDenoiser) -> None:
    """Hold all calls of a sampler to a network in evaluation mode."""
    if any(training for _, _, training in model.calls):
        student.fail("the network draws in training mode", expected="model.eval()", mistake=TRAINING_MODE)


def require_start(student: StudentFunction, x: Tensor) -> None:
    """Hold the first picture of a sampler to noise."""
    if abs(x.std() - 1) > 0.15 or abs(x.mean()) > 0.15:
        student.fail("the first picture is no noise", expected="N(0, I)", got=f"mean {x.mean():.2f}, std {x.std():.2f}")


class SmallNet(nn.Module):
    """A network that computes something else in training than in evaluation."""

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3, 4), nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 4)."""
        return self.norm(self.layer(x))
