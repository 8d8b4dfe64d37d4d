"""One step of a denoising loop in closed form: the right one, and the wrong ones that students write.

A rule takes a step as the spy saw it and returns what the next picture must then be: a mean and a standard deviation
for every pixel, since a step of DDPM draws from a Gaussian.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from helpers.checks.diagnosis import Outcome
from helpers.checks.report import Mistake, mistakes
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

ABAR = alphas_cumprod_of(squaredcos_betas().double())
EQ_X_0 = "the equation of x_0_pred in chapter 3; Ho et al. 2020, eq. 15"
EQ_STEP = "the equation of the reverse step in chapter 3; Ho et al. 2020, eq. 7 on kept steps"
EQ_NOISE = "the paragraph on add_variance in chapter 3; Nichol and Dhariwal 2021, eq. 15"


@dataclass(frozen=True, eq=False)
class Step:
    """One transition: x_t was there, noise eps and variance channels v are what the loop should have made of it.

    x_t, eps, v  (1, 3, H, W) float64
    t, t_prev    from which time to which; t_later the one after that
    i            index of t in timesteps
    n            how many steps came before in this run
    """

    x_t: Tensor
    eps: Tensor
    v: Tensor
    t: int
    t_prev: int
    t_later: int
    i: int
    n: int

    @cached_property
    def x_0(self) -> Tensor:
        """The clean picture that x_t and eps imply."""
        return x_0_of(self, self.eps)

    @cached_property
    def right(self) -> Outcome:
        """The right outcome, which many rules begin with."""
        return Outcome(reverse_mean(self), step_std(self.v, self.t, self.t_prev))


StepRule = Callable[[Step], Outcome]


def x_0_of(step: Step, eps: Tensor, t: int | None = None) -> Tensor:
    """Return the clean picture that x_t and a noise imply, Ho et al. 2020, eq. 15; t replaces the step's own time."""
    abar_t = ABAR[step.t if t is None else t]
    return (step.x_t - (1 - abar_t).sqrt() * eps) / abar_t.sqrt()


def reverse_mean(step: Step, x_0=None, alpha_t=None, beta_t=None, abar_t=None, abar_prev=None) -> Tensor:
    """Return the mean of the reverse step; an argument replaces one ingredient by a wrong one."""
    abar_t = ABAR[step.t] if abar_t is None else abar_t
    abar_prev = ABAR[step.t_prev] if abar_prev is None else abar_prev
    alpha_t = abar_t / abar_prev if alpha_t is None else alpha_t
    beta_t = 1 - alpha_t if beta_t is None else beta_t
    x_0 = step.x_0 if x_0 is None else x_0
    return abar_prev.sqrt() * beta_t / (1 - abar_t) * x_0 + alpha_t.sqrt() * (1 - abar_prev) / (1 - abar_t) * step.x_t


def step_std(v: Tensor, t: int, t_prev: int) -> Tensor:
    """Return the size of a step's noise in each pixel, Nichol and Dhariwal 2021, eq. 15. v  (1, 3, H, W)."""
    beta_t = 1 - ABAR[t] / ABAR[t_prev]
    smallest = (1 - ABAR[t_prev]) / (1 - ABAR[t]) * beta_t
    fraction = (v + 1) / 2
    return torch.exp(0.5 * (fraction * beta_t.log() + (1 - fraction) * smallest.log()))


def with_mean(rule: Callable[[Step], Tensor]) -> StepRule:
    """Return the rule of a step with another mean and the right noise."""
    return lambda step: step.right._replace(mean=rule(step))


def with_std(rule: Callable[[Step], Tensor]) -> StepRule:
    """Return the rule of a step with noise of another size around the right mean."""
    return lambda step: step.right._replace(std=rule(step))


def with_clamped(x_0: Callable[[Step], Tensor]) -> StepRule:
    """Return the rule of a step that keeps an x_0_pred in [-1, 1], as chapter 4 teaches."""
    return with_mean(lambda step: reverse_mean(step, x_0=x_0(step).clamp(-1, 1)))


step_in_range = with_clamped(lambda step: step.x_0)


def _single(t: int) -> Tensor:
    """Return alpha_t of one step of the full chain, ABAR[t] / ABAR[t - 1]."""
    return ABAR[t] / ABAR[t - 1] if t else ABAR[0]


def _swapped(step: Step) -> Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b.sqrt() * (1 - alpha) / (1 - a) * step.x_t + alpha.sqrt() * (1 - b) / (1 - a) * step.x_0


def _without_roots(step: Step) -> Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b * (1 - alpha) / (1 - a) * step.x_0 + alpha * (1 - b) / (1 - a) * step.x_t


def _alpha_for_abar(s: Step) -> Tensor:
    x_0 = (s.x_t - (1 - _single(s.t)).sqrt() * s.eps) / _single(s.t).sqrt()
    return reverse_mean(s, x_0=x_0, abar_t=_single(s.t), abar_prev=_single(s.t_prev))


_X_0S: dict[tuple[str, str], Callable[[Step], Tensor]] = {
    ("x_0_not_divided", "x_0_pred lacks the division by sqrt(alpha-bar_t)"):
        lambda s: s.x_t - (1 - ABAR[s.t]).sqrt() * s.eps,
    ("x_0_without_sqrt", "x_0_pred uses alpha-bar_t and 1 - alpha-bar_t without their square roots"):
        lambda s: (s.x_t - (1 - ABAR[s.t]) * s.eps) / ABAR[s.t],
    ("x_0_from_variance", "x_0_pred is made from the variance half: the noise is in the first three channels"):
        lambda s: x_0_of(s, s.v),
    ("abar_indexed_by_i", "x_0_pred is made for time i, the loop counter: its time is timesteps[i]"):
        lambda s: x_0_of(s, s.eps, s.i),
    ("x_0_at_t_prev", "x_0_pred is made for time t': x_t lies at noise level t"): lambda s: x_0_of(s, s.eps, s.t_prev),
}  # fmt: skip
_MEANS: dict[tuple[str, str], Callable[[Step], Tensor]] = {
    ("unstrided_beta", "alpha_t is that of the full chain: between kept steps it is alpha-bar_t / alpha-bar_t'"):
        lambda s: reverse_mean(s, alpha_t=_single(s.t)),
    ("unstrided_beta_only", "beta_t is that of one step of the full chain: between kept steps it is 1 - alpha_t"):
        lambda s: reverse_mean(s, beta_t=1 - _single(s.t)),
    ("unstrided_prev", "t' is taken as t - 1: it is the next entry of timesteps"):
        lambda s: reverse_mean(s, abar_prev=ABAR[max(s.t - 1, 0)]),
    ("noise_for_x_0", "the predicted noise stands where x_0_pred belongs"): lambda s: reverse_mean(s, x_0=s.eps),
    ("coefficients_swapped", "the two coefficients are swapped: the first belongs to x_0_pred"): _swapped,
    ("step_without_sqrt", "alpha-bar_t' and alpha_t are used without their square roots"): _without_roots,
    ("abar_indexed_by_i", "alphas_cumprod is indexed by the loop counter i: index it by timesteps[i]"):
        lambda s: reverse_mean(s, x_0=x_0_of(s, s.eps, s.i), abar_t=ABAR[s.i], abar_prev=ABAR[s.i + 1]),
    ("alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs"): _alpha_for_abar,
    ("ddim_step", "this is DDIM's step: the exercise asks for DDPM's, with its noise"):
        lambda s: ABAR[s.t_prev].sqrt() * s.x_0 + (1 - ABAR[s.t_prev]).sqrt() * s.eps,
    ("x_0_kept", "x_0_pred itself is handed to the next step: mix it with x_t first"): lambda s: s.x_0,
    ("picture_not_updated", "the picture does not change from step to step: assign the result to it"): lambda s: s.x_t,
}  # fmt: skip
_STDS: dict[tuple[str, str], Callable[[Step], Tensor]] = {
    ("variance_missing", "add_variance is not called: without its noise the loop is not DDPM's"):
        lambda s: torch.zeros_like(s.v),
    ("variance_wrong_time", "add_variance is given another time than t of the step"):
        lambda s: step_std(s.v, s.t_prev, s.t_later) if s.t_later != s.t_prev else step_std(s.v, s.t, s.t_prev),
    ("variance_unit_noise", "noise of size 1 is added: add_variance scales it"): lambda s: torch.ones_like(s.v),
    ("variance_twice", "the noise is added twice"): lambda s: 2**0.5 * step_std(s.v, s.t, s.t_prev),
    ("variance_from_noise", "add_variance is given the noise half of the answer, not the variance half"):
        lambda s: step_std(s.eps, s.t, s.t_prev),
}  # fmt: skip
_HALVES_SWAPPED = Mistake(
    "x_0_from_variance",
    "the two halves of the answer have changed places: the noise is in the first three channels",
    EQ_X_0,
)

# Each wrong mean with the right noise, each wrong noise with the right mean, and one of both
STEP_MISTAKES: dict[Mistake, StepRule] = {
    **mistakes(
        EQ_X_0, {name: with_mean(lambda s, x_0=x_0: reverse_mean(s, x_0=x_0(s))) for name, x_0 in _X_0S.items()}
    ),
    **mistakes(EQ_STEP, {name: with_mean(mean) for name, mean in _MEANS.items()}),
    **mistakes(EQ_NOISE, {name: with_std(std) for name, std in _STDS.items()}),
    _HALVES_SWAPPED: lambda s: Outcome(reverse_mean(s, x_0=x_0_of(s, s.v)), step_std(s.eps, s.t, s.t_prev)),
}
