"""Judging the sampler of a diffusion model, step by step, whose network gets the time divided by T.

The network is a toy that the judge knows, so the next picture of a sampler follows in closed form.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.checks.ddpm import COUNTS_FROM_1, NOT_NORMALISED, schedule_of
from helpers.checks.fit import misfit, surprise
from helpers.checks.report import Mistake
from helpers.checks.steps import Outcome
from helpers.checks.student_function import StudentFunction

EQ_SAMPLE = "the equation of the sampler in this chapter; Ho et al. 2020, algorithm 2"

Rule = Callable[[Tensor, Tensor, int, dict[str, Tensor]], Outcome]


def _mean(x: Tensor, eps: Tensor, t: int, s: dict[str, Tensor]) -> Tensor:
    alpha, abar = s["alphas"][t], s["alpha_bars"][t]
    return (x - (1 - alpha) / (1 - abar).sqrt() * eps) / alpha.sqrt()


def _with_noise(mean: Tensor, std: Tensor | float) -> Outcome:
    return Outcome(mean, torch.full_like(mean, float(std)))


def right_step(x: Tensor, eps: Tensor, t: int, s: dict[str, Tensor]) -> Outcome:
    return _with_noise(_mean(x, eps, t, s), s["betas"][t].sqrt() if t else 0.0)


def posterior_std(t: int, s: dict[str, Tensor]) -> Tensor | float:
    """The other choice of Ho et al. 2020, section 3.2, eq. 7: the root of (1 - abar_{t-1}) / (1 - abar_t) beta_t."""
    if t == 0:
        return 0.0
    return ((1 - s["alpha_bars"][t - 1]) / (1 - s["alpha_bars"][t]) * s["betas"][t]).sqrt()


def posterior_step(x: Tensor, eps: Tensor, t: int, s: dict[str, Tensor]) -> Outcome:
    return _with_noise(_mean(x, eps, t, s), posterior_std(t, s))


Std = Callable[[int, dict[str, Tensor]], Tensor | float]
MeanRule = Callable[[Tensor, Tensor, int, dict[str, Tensor]], Tensor]


def _root_of_beta(t: int, s: dict[str, Tensor]) -> Tensor | float:
    return s["betas"][t].sqrt() if t else 0.0


def other_step(mean: MeanRule = _mean, std: Std = _root_of_beta) -> Rule:
    """Return the rule of a step with another mean, or noise of another size."""
    return lambda x, eps, t, s: _with_noise(mean(x, eps, t, s), std(t, s))


_MEAN_MISTAKES: dict[Mistake, MeanRule] = {
    Mistake("alpha_bar_for_alpha", "alpha-bar stands where alpha belongs, under the first root", EQ_SAMPLE): (
        lambda x, eps, t, s: _mean(x, eps, t, s) * s["alphas"][t].sqrt() / s["alpha_bars"][t].sqrt()
    ),
    Mistake("alpha_for_alpha_bar", "alpha stands where alpha-bar belongs, under the root of the noise", EQ_SAMPLE): (
        lambda x, eps, t, s: (x - (1 - s["alphas"][t]).sqrt() * eps) / s["alphas"][t].sqrt()
    ),
    Mistake("eps_not_scaled", "the noise is taken away whole: only its share of this step", EQ_SAMPLE): (
        lambda x, eps, t, s: (x - eps) / s["alphas"][t].sqrt()
    ),
    Mistake("eps_without_root", "1 - alpha-bar stands there without its square root", EQ_SAMPLE): (
        lambda x, eps, t, s: (x - (1 - s["alphas"][t]) / (1 - s["alpha_bars"][t]) * eps) / s["alphas"][t].sqrt()
    ),
    Mistake("x_not_rescaled", "the difference is not divided by sqrt(alpha_t)", EQ_SAMPLE): (
        lambda x, eps, t, s: _mean(x, eps, t, s) * s["alphas"][t].sqrt()
    ),
    Mistake("alpha_without_sqrt", "the difference is divided by alpha_t, not by its square root", EQ_SAMPLE): (
        lambda x, eps, t, s: _mean(x, eps, t, s) / s["alphas"][t].sqrt()
    ),
}
NO_NOISE = Mistake("noise_missing", "no noise is added behind the mean", EQ_SAMPLE)


def mean_mistakes(std: Std) -> dict[Mistake, Rule]:
    """Return the steps whose mean is a known mistake, with noise of the right size."""
    return {mistake: other_step(mean, std) for mistake, mean in _MEAN_MISTAKES.items()}


SAMPLER_MISTAKES: dict[Mistake, Rule] = {
    Mistake("noise_at_the_end", "noise is added at t = 0, too: the last step adds none", EQ_SAMPLE): (
        other_step(std=lambda t, s: s["betas"][t].sqrt())
    ),
    NO_NOISE: other_step(std=lambda t, s: 0.0),
    Mistake("beta_without_sqrt", "the noise is multiplied by beta, not by its square root", EQ_SAMPLE): (
        other_step(std=lambda t, s: s["betas"][t] if t else 0.0)
    ),
    Mistake("noise_not_scaled", "the noise is added as it is: multiply it by sqrt(beta_t)", EQ_SAMPLE): (
        other_step(std=lambda t, s: 1.0 if t else 0.0)
    ),
} | mean_mistakes(_root_of_beta)
STOPS_EARLY = Mistake("stops_at_1", "the loop stops before t = 0: range(num_ts - 1, -1, -1)", EQ_SAMPLE)
WRONG_WAY = Mistake("wrong_way", "the loop goes up: sampling begins at t = T - 1", EQ_SAMPLE)
TRAINING_MODE = Mistake("training_mode", "the network is in training mode: call unet.eval() before sampling")


class SpyDenoiser(nn.Module):
    """A network whose noise is known, other at each time, that keeps what it was called with."""

    def __init__(self, num_ts: int, seed: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        source = torch.Generator().manual_seed(seed)
        self.fields = 1.5 * torch.randn((num_ts, 1, 1, 28, 28), generator=source, dtype=torch.float64)
        self.num_ts = num_ts
        self.calls: list[tuple[Tensor, Tensor, bool]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise at times t / T."""
        t = torch.as_tensor(t).detach().double().reshape(-1)
        self.calls.append((x.detach().clone().double(), t.clone(), self.training))
        return self.noise(x.double(), int((t[0] * self.num_ts).round())).to(x)

    def noise(self, x: Tensor, index: int) -> Tensor:
        """Return the noise in x at a time step."""
        return 0.4 * x + self.fields[min(max(index, 0), self.num_ts - 1)]


def require_steps(student: StudentFunction, num_ts: int, count: int, seed: int) -> None:
    """Hold every step of `ddpm_sample(unet, ddpm_schedule, count, num_ts)` to its mean and its noise."""
    unet, schedule = SpyDenoiser(num_ts, seed), schedule_of(num_ts, 0.05, 0.3)
    unet.train()
    got = student.picture(unet, schedule, count, num_ts, shape=(count, 1, 28, 28), seed=seed).value
    require_times(student, [(t * num_ts).mean().item() for _, t, _ in unet.calls], num_ts)
    first = unet.calls[0][0]
    if abs(first.std() - 1) > 0.1 or abs(first.mean()) > 0.1:
        student.fail(
            "the first picture is no noise", expected="N(0, I)", got=f"mean {first.mean():.2f}, std {first.std():.2f}"
        )
    pictures = [x for x, _, _ in unet.calls] + [got]
    steps = [
        (pictures[n], unet.noise(pictures[n], t), t, pictures[n + 1]) for n, t in enumerate(range(num_ts - 1, -1, -1))
    ]
    worst = {rule: [_misfit(step, rule, schedule) for step in steps] for rule in (right_step, posterior_step)}
    rule = min(worst, key=lambda rule: sum(worst[rule]))
    if max(worst[rule]) > 1:
        _fail(student, steps, schedule, worst[right_step])
    if any(training for _, _, training in unet.calls):
        student.fail("the network draws in training mode", expected="unet.eval()", mistake=TRAINING_MODE)


def _misfit(step, rule: Rule, schedule) -> float:
    x, eps, t, x_next = step
    return misfit(x_next, rule(x, eps, t, schedule), 1e-3 * max(1.0, x.abs().max().item()))


def require_times(student: StudentFunction, times: list[float], num_ts: int) -> None:
    """Hold the times at which a sampler asks, as numbers of steps, to T - 1 down to 0."""
    wanted = list(range(num_ts - 1, -1, -1))
    if times and max(times) > num_ts + 1:
        student.fail("the network gets times above 1", expected="t / num_ts", mistake=NOT_NORMALISED, read=EQ_SAMPLE)
    if len(times) == num_ts and max(abs(a - b) for a, b in zip(times, wanted, strict=True)) < 0.01:
        return
    known = {
        STOPS_EARLY: wanted[:-1],
        WRONG_WAY: wanted[::-1],
        COUNTS_FROM_1: [t + 1 for t in wanted],
    }
    near = [name for name, values in known.items() if [round(t) for t in times] == values]
    student.fail(
        "the network is asked at other times",
        expected=f"t from {num_ts - 1} to 0, {num_ts} in all",
        got=f"{len(times)} times, t from {times[0]:.0f} to {times[-1]:.0f}" if times else "no call",
        mistake=near[0] if near else None,
        read=EQ_SAMPLE,
    )


def _fail(student: StudentFunction, steps: list, schedule: dict[str, Tensor], misfits: list[float]) -> None:
    n = next(place for place, value in enumerate(misfits) if value > 1)
    surprises = {
        mistake: sum(surprise(step[3], rule(*step[:3], schedule), 1e-3) for step in steps)
        for mistake, rule in SAMPLER_MISTAKES.items()
        if sum(_misfit(step, rule, schedule) <= 1 for step in steps) > 0.8 * len(steps)
    }
    x, eps, t, x_next = steps[n]
    right = right_step(x, eps, t, schedule)
    student.fail(
        f"the step at t = {t} is the first that differs",
        expected=f"noise of size {right.std.mean():.3f} around the mean of the equation",
        got=f"{(x_next - right.mean).square().mean().sqrt():.3f}",
        mistake=min(surprises, key=surprises.get) if surprises else None,
        read=EQ_SAMPLE,
    )
