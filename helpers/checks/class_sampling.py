"""Judging a guided sampler of digits, whether it asks twice in a step or once with both in one batch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.checks.ddpm import schedule_of
from helpers.checks.ddpm_sampling import (
    EQ_SAMPLE,
    SAMPLER_MISTAKES,
    TRAINING_MODE,
    Rule,
    posterior_step,
    require_times,
    right_step,
)
from helpers.checks.fit import misfit
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction

EQ_GUIDED = "the equation of guidance in this chapter; Ho and Salimans 2022, eq. 6 with gamma = 1 + w"

Guidance = Callable[[Tensor, Tensor, float], Tensor]
GUIDANCE_MISTAKES: dict[Mistake, Guidance] = {
    Mistake("gamma_for_w", "gamma and the paper's w are confused: gamma = 1 + w", EQ_GUIDED): (
        lambda cond, uncond, scale: (1 + scale) * cond - scale * uncond
    ),
    Mistake("cond_and_uncond_swapped", "conditional and unconditional noise are swapped", EQ_GUIDED): (
        lambda cond, uncond, scale: cond + scale * (uncond - cond)
    ),
    Mistake("uncond_missing", "the unconditional noise is not added", EQ_GUIDED): (
        lambda cond, uncond, scale: scale * (cond - uncond)
    ),
    Mistake("brackets_missing", "brackets are missing around the difference", EQ_GUIDED): (
        lambda cond, uncond, scale: uncond + scale * cond - uncond
    ),
    Mistake("not_guided", "the conditional noise is used as it is", EQ_GUIDED): lambda cond, uncond, scale: cond,
    Mistake("not_conditional", "the unconditional noise is used as it is", EQ_GUIDED): (
        lambda cond, uncond, scale: uncond
    ),
}
NEVER_UNCONDITIONAL = Mistake("never_unconditional", "the network is never asked with zeros for the class", EQ_GUIDED)
CLASS_0 = Mistake("null_is_class_0", "the unconditional call asks for class 0: a row of zeros asks for any", EQ_GUIDED)


class SpyClassDenoiser(nn.Module):
    """A network whose noise is known, other for each time and class, that keeps what it was called with."""

    def __init__(self, num_ts: int, seed: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        source = torch.Generator().manual_seed(seed)
        self.fields = 1.5 * torch.randn((num_ts, 1, 28, 28), generator=source, dtype=torch.float64)
        self.of_class = 0.7 * torch.randn((10, 1, 28, 28), generator=source, dtype=torch.float64)
        self.num_ts = num_ts
        self.rows: list[tuple[Tensor, Tensor, float]] = []  # picture, class, time
        self.has_trained = False

    def forward(self, x: Tensor, c: Tensor, t: Tensor) -> Tensor:
        """Return the noise of each row."""
        pictures, classes = x.detach().double(), torch.as_tensor(c).detach().double()
        times = torch.as_tensor(t).detach().double().reshape(-1).expand(len(x)) * self.num_ts
        self.has_trained |= self.training
        self.rows += list(zip(pictures.clone(), classes.clone(), times.tolist(), strict=True))
        return torch.stack([self.noise(*row) for row in self.rows[-len(x) :]]).to(x)

    def noise(self, x: Tensor, c: Tensor, time: float) -> Tensor:
        """Return the noise in one picture (1, 28, 28) for one row of the classes."""
        index = min(max(round(time), 0), self.num_ts - 1)
        return 0.4 * x + self.fields[index] + torch.einsum("k,kchw->chw", c, self.of_class)


def require_guided_steps(student: StudentFunction, num_ts: int, scale: float, seed: int) -> None:
    """Hold every step of `class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts)` to its equation."""
    unet, schedule = SpyClassDenoiser(num_ts, seed), schedule_of(num_ts, 0.05, 0.3)
    labels = torch.tensor([3, 7, 1])  # each once: a row is known by its class
    unet.train()
    got = student.picture(unet, schedule, labels, scale, num_ts, shape=(3, 1, 28, 28), seed=seed).value
    steps = _steps(student, unet, labels, num_ts)
    pictures = [x for x, _, _ in steps] + [got]

    def worst(guidance: Guidance, rule: Rule) -> list[float]:
        fits = []
        for n, (x, cond, uncond) in enumerate(steps):
            outcome = rule(x, guidance(cond, uncond, scale), num_ts - 1 - n, schedule)
            fits.append(min(misfit(pictures[n + 1], outcome, 1e-3 * max(1.0, x.abs().max().item())), 3.0))
        return fits

    def right(cond: Tensor, uncond: Tensor, scale: float) -> Tensor:
        return uncond + scale * (cond - uncond)

    fits = worst(right, right_step)
    if min(max(fits), max(worst(right, posterior_step))) > 1:
        known = {name: worst(guidance, right_step) for name, guidance in GUIDANCE_MISTAKES.items()}
        known |= {name: worst(right, rule) for name, rule in SAMPLER_MISTAKES.items()}
        near = min(known, key=lambda name: sum(known[name]))
        n = next(place for place, value in enumerate(fits) if value > 1)
        student.fail(
            f"the step at t = {num_ts - 1 - n} is the first that differs, with scale {scale}",
            expected="the mean and the noise of the equation, with guided noise",
            got=f"{fits[n]:.1f} times the difference that chance allows",
            mistake=near if sum(value <= 1 for value in known[near]) > 0.8 * len(fits) else None,
            read=near.read if near in GUIDANCE_MISTAKES else EQ_SAMPLE,
        )
    if unet.has_trained:
        student.fail("the network draws in training mode", expected="unet.eval()", mistake=TRAINING_MODE)


def _steps(
    student: StudentFunction, unet: SpyClassDenoiser, labels: Tensor, num_ts: int
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Return for each step the pictures, and the conditional and unconditional noise in them."""
    require_times(student, list(dict.fromkeys(round(time) for _, _, time in unet.rows)), num_ts)
    return [_step(student, unet, labels, t) for t in range(num_ts - 1, -1, -1)]


def _step(student: StudentFunction, unet: SpyClassDenoiser, labels: Tensor, t: int) -> tuple[Tensor, Tensor, Tensor]:
    rows = [(x, c) for x, c, time in unet.rows if round(time) == t]
    one_hot = torch.eye(10, dtype=torch.float64)
    cond = [next((x for x, c in rows if torch.equal(c, one_hot[label])), None) for label in labels]
    if any(x is None for x in cond):
        student.fail(
            f"the network is not asked for the digits {labels.tolist()} at t = {t}",
            expected="one-hot vectors of the labels",
            got=f"{sum(x is not None for x in cond)} of {len(labels)}",
            read=EQ_GUIDED,
        )
    if not any(bool((c == 0).all()) for _, c in rows):
        others = [c for _, c in rows if torch.equal(c, one_hot[0])]
        mistake = CLASS_0 if others else NEVER_UNCONDITIONAL
        student.fail(
            f"the unconditional call is missing at t = {t}", expected="a row of zeros", mistake=mistake, read=EQ_GUIDED
        )
    x_t = torch.stack(cond)
    with_class = torch.stack([unet.noise(x, one_hot[label], t) for x, label in zip(x_t, labels, strict=True)])
    without = torch.stack([unet.noise(x, torch.zeros(10, dtype=torch.float64), t) for x in x_t])
    return x_t, with_class, without
