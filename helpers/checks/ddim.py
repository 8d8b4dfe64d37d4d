"""Judge a DDIM sampler of faces, which takes few steps and adds no noise (Song et al. 2021, eq. 12, sigma = 0)."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.ddpm_rules import Transition
from helpers.checks.diagnosis import diagnose, off
from helpers.checks.report import Mistake, mistakes
from helpers.checks.samplers import WRONG_WAY
from helpers.checks.student_function import StudentFunction
from helpers.face_ddpm import TIMESTEPS

EQ_DDIM = "the equation of the DDIM step in this chapter; Song et al. 2021, eq. 12 with sigma = 0"

_ALL_TIMES = Mistake("all_times", "every time step is taken: only `steps` of them, evenly spaced")
_FRESH_NOISE = Mistake("noise_added", "new noise is added: DDIM adds the predicted noise again, none of its own")
_NOT_TO_THE_END = Mistake("not_to_the_end", "the last step does not reach x_0: its alpha-bar is 1")
_TOLERANCE = 2e-3


def require_few_times(student: StudentFunction, times: list[int], steps: int) -> None:
    """Require `steps` evenly spaced times, from T - 1 on."""
    gaps = [a - b for a, b in zip(times, times[1:], strict=False)]
    even = len(times) == steps and min(gaps, default=1) > 0 and max(gaps, default=1) - min(gaps, default=1) <= 2
    gap, rest = divmod(TIMESTEPS, steps)
    if even and times[0] >= TIMESTEPS - gap - 1 and times[-1] <= gap + rest:
        return
    mistake = WRONG_WAY if times == sorted(times) and len(times) == steps else None
    student.fail(
        "the network is asked at other times",
        expected=f"{steps} times, evenly from {TIMESTEPS - 1} down to about 0",
        got=f"{len(times)} times, from {times[0]} to {times[-1]}" if times else "no call",
        mistake=_ALL_TIMES if len(times) >= TIMESTEPS - 1 else mistake,
        read=EQ_DDIM,
    )


def _ddim(x_0: Tensor, eps: Tensor, there: Tensor) -> Tensor:
    return there.sqrt() * x_0 + (1 - there).sqrt() * eps


# x_0, eps, alpha-bar of this time and of the next one -> the next picture
_MISTAKES: dict[Mistake, Callable] = mistakes(EQ_DDIM, {
    ("factors_without_root", "the factors of x_0 and eps are used without their square roots"):
        lambda x_0, eps, here, there: there * x_0 + (1 - there) * eps,
    ("stays_at_t", "x is noised to the time that it came from: alpha-bar of the next time belongs here"):
        lambda x_0, eps, here, there: _ddim(x_0, eps, here),
    ("eps_missing", "the predicted noise is not added again"): lambda x_0, eps, here, there: there.sqrt() * x_0,
    ("x_0_as_next", "each step returns x_0: the way to it is to be gone in small steps"):
        lambda x_0, eps, here, there: x_0,
    ("factors_swapped", "the factors of x_0 and of eps are swapped"):
        lambda x_0, eps, here, there: _ddim(x_0, eps, 1 - there),
    ("x_0_not_rescaled", "x_0 is not divided by sqrt(alpha-bar_t)"):
        lambda x_0, eps, here, there: _ddim(here.sqrt() * x_0, eps, there),
})  # fmt: skip


def require_ddim_steps(student: StudentFunction, steps: list[Transition]) -> None:
    """Require every step as in the equation, with x_0 as it comes or clamped to [-1, 1]."""
    abar = steps[0].schedule["alpha_bars"]
    ends = [*(abar[step.t] for step in steps[1:]), torch.ones((), dtype=torch.float64)]
    known = [(_x_0(step, abar[step.t]), step.eps, abar[step.t], there) for step, there in zip(steps, ends, strict=True)]
    errors = [_error(step, *numbers) for step, numbers in zip(steps, known, strict=True)]
    n = next((place for place, error in enumerate(errors) if error > _TOLERANCE), None)
    if n is None:
        return
    pairs = list(zip(steps, known, strict=True))[:-1]  # at the last step many mistakes change nothing
    misfits = {
        mistake: [off(step.x_next, rule(*numbers), _TOLERANCE) for step, numbers in pairs]
        for mistake, rule in _MISTAKES.items()
    }
    mistake = diagnose(misfits) or (_FRESH_NOISE if _is_noise(steps[0], *known[0]) else None)
    student.fail(
        f"the step at t = {steps[n].t} is the first that differs",
        expected="the picture of the equation, without chance",
        got=f"off by up to {errors[n]:.3f}",
        mistake=_NOT_TO_THE_END if n + 1 == len(steps) else mistake,
        read=EQ_DDIM,
    )


def _x_0(step: Transition, here: Tensor) -> Tensor:
    return (step.x - (1 - here).sqrt() * step.eps) / here.sqrt()


def _error(step: Transition, x_0: Tensor, eps: Tensor, here: Tensor, there: Tensor) -> float:
    """Return by how much a step is off at most, from the nearest of its right answers."""
    clamped = x_0.clamp(-1, 1)
    again = (step.x - here.sqrt() * clamped) / (1 - here).sqrt()
    right = _ddim(x_0, eps, there), _ddim(clamped, eps, there), _ddim(clamped, again, there)
    return min((step.x_next - each).abs().max().item() for each in right)


def _is_noise(step: Transition, x_0: Tensor, eps: Tensor, here: Tensor, there: Tensor) -> bool:
    """Return whether what a step adds to x_0 is noise that the model did not predict."""
    rest = (step.x_next - there.sqrt() * x_0).flatten()
    related = torch.corrcoef(torch.stack([rest, eps.flatten()]))[0, 1]
    return bool(related.abs() < 0.98) and 0.02 < rest.std() < 3
