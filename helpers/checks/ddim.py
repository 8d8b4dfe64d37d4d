"""Judging a DDIM sampler of faces, which takes few steps and adds no noise (Song et al. 2021, eq. 12, sigma = 0)."""

import torch
from torch import Tensor

from helpers.checks.ddpm_sampling import WRONG_WAY
from helpers.checks.face_ddpm import SpyFaceDenoiser, schedule
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction
from helpers.face_ddpm import TIMESTEPS

EQ_DDIM = "the equation of the DDIM step in this chapter; Song et al. 2021, eq. 12 with sigma = 0"

_ALL_TIMES = Mistake("all_times", "every time step is taken: only `steps` of them, evenly spaced", EQ_DDIM)


def require_few_times(student: StudentFunction, times: list[int], steps: int) -> None:
    """Hold the times of a sampler to `steps` evenly spaced ones, from T - 1 on."""
    gaps = [a - b for a, b in zip(times, times[1:], strict=False)]
    even = len(times) == steps and min(gaps, default=1) > 0 and max(gaps, default=1) - min(gaps, default=1) <= 2
    reaches = (
        bool(times)
        and times[0] >= TIMESTEPS - TIMESTEPS // steps - 1
        and times[-1] <= TIMESTEPS // steps + TIMESTEPS % steps
    )
    if even and reaches:
        return
    mistake = WRONG_WAY if times == sorted(times) and len(times) == steps else None
    student.fail(
        "the network is asked at other times",
        expected=f"{steps} times, evenly from {TIMESTEPS - 1} down to about 0",
        got=f"{len(times)} times, from {times[0]} to {times[-1]}" if times else "no call",
        mistake=_ALL_TIMES if len(times) >= TIMESTEPS - 1 else mistake,
        read=EQ_DDIM,
    )


def _ddim(x_0: Tensor, eps: Tensor, here: Tensor, there: Tensor) -> Tensor:
    return there.sqrt() * x_0 + (1 - there).sqrt() * eps


_DDIM_MISTAKES = {
    Mistake("factors_without_root", "the factors of x_0 and eps are used without their square roots", EQ_DDIM): (
        lambda x_0, eps, here, there: there * x_0 + (1 - there) * eps
    ),
    Mistake(
        "stays_at_t", "x is noised to the time that it came from: alpha-bar of the next time belongs here", EQ_DDIM
    ): (lambda x_0, eps, here, there: _ddim(x_0, eps, here, here)),
    Mistake("eps_missing", "the predicted noise is not added again", EQ_DDIM): (
        lambda x_0, eps, here, there: there.sqrt() * x_0
    ),
    Mistake("x_0_as_next", "each step returns x_0: the way to it is to be gone in small steps", EQ_DDIM): (
        lambda x_0, eps, here, there: x_0
    ),
    Mistake("factors_swapped", "the factors of x_0 and of eps are swapped", EQ_DDIM): (
        lambda x_0, eps, here, there: (1 - there).sqrt() * x_0 + there.sqrt() * eps
    ),
    Mistake("x_0_not_rescaled", "x_0 is not divided by sqrt(alpha-bar_t)", EQ_DDIM): (
        lambda x_0, eps, here, there: _ddim(here.sqrt() * x_0, eps, here, there)
    ),
}
_FRESH_NOISE = Mistake(
    "noise_added", "new noise is added: DDIM adds the predicted noise again, none of its own", EQ_DDIM
)
_NOT_TO_THE_END = Mistake("not_to_the_end", "the last step does not reach x_0: its alpha-bar is 1", EQ_DDIM)


def require_ddim_steps(
    student: StudentFunction, model: SpyFaceDenoiser, pictures: list[Tensor], times: list[int]
) -> None:
    """Hold every step to the equation, with x_0 as it comes or clamped to [-1, 1]."""
    abar = schedule()["alpha_bars"]
    ends = [abar[t] for t in times[1:]] + [torch.ones((), dtype=torch.float64)]
    off = dict.fromkeys([None, *_DDIM_MISTAKES], 0.0)
    first = None
    for x, x_next, t, there in zip(pictures[:-1], pictures[1:], times, ends, strict=True):
        here, eps = abar[t], model.noise(x, t)
        x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
        clamped = x_0.clamp(-1, 1)
        again = (x - here.sqrt() * clamped) / (1 - here).sqrt()
        right = [_ddim(x_0, eps, here, there), _ddim(clamped, eps, here, there), _ddim(clamped, again, here, there)]
        error = min((x_next - each).abs().max().item() for each in right)
        if error > 2e-3 and first is None:
            first = t, error
        off[None] = max(off[None], error)
        for name, rule in _DDIM_MISTAKES.items():
            if t != times[-1]:
                off[name] = max(off[name], (x_next - rule(x_0, eps, here, there)).abs().max().item())
    if first is None:
        return
    known = [name for name in _DDIM_MISTAKES if off[name] < 2e-3]
    if first[0] == times[-1]:
        known = [_NOT_TO_THE_END]
    if not known and _is_noise(pictures, model, times, abar):
        known = [_FRESH_NOISE]
    student.fail(
        f"the step at t = {first[0]} is the first that differs",
        expected="the picture of the equation, without chance",
        got=f"off by up to {first[1]:.3f}",
        mistake=known[0] if known else None,
        read=EQ_DDIM,
    )


def _is_noise(pictures: list[Tensor], model: SpyFaceDenoiser, times: list[int], abar: Tensor) -> bool:
    """Tell whether what a first step adds to x_0 is noise that the model did not predict."""
    x, t, there = pictures[0], times[0], abar[times[1]]
    eps = model.noise(x, t)
    x_0 = (x - (1 - abar[t]).sqrt() * eps) / abar[t].sqrt()
    rest = (pictures[1] - there.sqrt() * x_0).flatten()
    related = torch.corrcoef(torch.stack([rest, eps.flatten()]))[0, 1]
    return bool(related.abs() < 0.98) and 0.02 < rest.std() < 3
