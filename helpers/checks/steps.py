"""One step of a denoising loop in closed form: the right one, and the wrong ones that students write.

A rule takes a step as the spy saw it and returns what the next picture must then be: a mean and a standard deviation
for every pixel, since a step of DDPM draws from a Gaussian.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from helpers.checks.diagnosis import Outcome
from helpers.checks.report import Mistake
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

    x_t: torch.Tensor
    eps: torch.Tensor
    v: torch.Tensor
    t: int
    t_prev: int
    t_later: int
    i: int
    n: int

    @cached_property
    def x_0(self) -> torch.Tensor:
        return x_0_of(self, self.eps)

    @cached_property
    def right(self) -> "Outcome":
        """The right outcome, which many rules begin with."""
        return Outcome(reverse_mean(self), step_std(self.v, self.t, self.t_prev))


StepRule = Callable[[Step], Outcome]


def x_0_of(step: Step, eps: torch.Tensor, t: int | None = None) -> torch.Tensor:
    """Return the clean picture that x_t and a noise imply, Ho et al. 2020, eq. 15; t replaces the step's own time."""
    abar_t = ABAR[step.t if t is None else t]
    return (step.x_t - (1 - abar_t).sqrt() * eps) / abar_t.sqrt()


def reverse_mean(step: Step, x_0=None, alpha_t=None, beta_t=None, abar_t=None, abar_prev=None) -> torch.Tensor:
    """Return the mean of the reverse step; an argument replaces one ingredient by a wrong one."""
    abar_t = ABAR[step.t] if abar_t is None else abar_t
    abar_prev = ABAR[step.t_prev] if abar_prev is None else abar_prev
    alpha_t = abar_t / abar_prev if alpha_t is None else alpha_t
    beta_t = 1 - alpha_t if beta_t is None else beta_t
    x_0 = step.x_0 if x_0 is None else x_0
    return abar_prev.sqrt() * beta_t / (1 - abar_t) * x_0 + alpha_t.sqrt() * (1 - abar_prev) / (1 - abar_t) * step.x_t


def step_std(v: torch.Tensor, t: int, t_prev: int) -> torch.Tensor:
    """Return the size of a step's noise in each pixel, Nichol and Dhariwal 2021, eq. 15. v  (1, 3, H, W)."""
    beta_t = 1 - ABAR[t] / ABAR[t_prev]
    smallest = (1 - ABAR[t_prev]) / (1 - ABAR[t]) * beta_t
    fraction = (v + 1) / 2
    return torch.exp(0.5 * (fraction * beta_t.log() + (1 - fraction) * smallest.log()))


def reverse_step(step: Step) -> Outcome:
    """Return the right outcome of a step."""
    return step.right


def step_in_range(step: Step) -> Outcome:
    """Return the outcome of a step that keeps its x_0_pred in [-1, 1], as chapter 4 teaches."""
    return step_clamped(step, step.x_0)


def step_clamped(step: Step, x_0: torch.Tensor) -> Outcome:
    """Return the outcome of a step that keeps another x_0_pred in [-1, 1]."""
    return reverse_step(step)._replace(mean=reverse_mean(step, x_0=x_0.clamp(-1, 1)))


def _single(t: int) -> torch.Tensor:
    """Return alpha_t of one step of the full chain, ABAR[t] / ABAR[t - 1]."""
    return ABAR[t] / ABAR[t - 1] if t else ABAR[0]


def _swapped(step: Step) -> torch.Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b.sqrt() * (1 - alpha) / (1 - a) * step.x_t + alpha.sqrt() * (1 - b) / (1 - a) * step.x_0


def _without_roots(step: Step) -> torch.Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b * (1 - alpha) / (1 - a) * step.x_0 + alpha * (1 - b) / (1 - a) * step.x_t


def _indexed_by_i(s: Step) -> torch.Tensor:
    return reverse_mean(s, x_0=x_0_of(s, s.eps, s.i), abar_t=ABAR[s.i], abar_prev=ABAR[s.i + 1])


def _alpha_for_abar(s: Step) -> torch.Tensor:
    x_0 = (s.x_t - (1 - _single(s.t)).sqrt() * s.eps) / _single(s.t).sqrt()
    return reverse_mean(s, x_0=x_0, abar_t=_single(s.t), abar_prev=_single(s.t_prev))


MEAN_MISTAKES: dict[Mistake, Callable[[Step], torch.Tensor]] = {
    Mistake(
        "unstrided_beta",
        "alpha_t is that of the full chain: between kept steps it is alpha-bar_t / alpha-bar_t'",
        EQ_STEP,
    ): lambda s: reverse_mean(s, alpha_t=_single(s.t)),
    Mistake(
        "unstrided_beta_only",
        "beta_t is that of one step of the full chain: between kept steps it is 1 - alpha_t",
        EQ_STEP,
    ): lambda s: reverse_mean(s, beta_t=1 - _single(s.t)),
    Mistake("unstrided_prev", "t' is taken as t - 1: it is the next entry of timesteps", EQ_STEP): (
        lambda s: reverse_mean(s, abar_prev=ABAR[max(s.t - 1, 0)])
    ),
    Mistake("x_0_not_divided", "x_0_pred lacks the division by sqrt(alpha-bar_t)", EQ_X_0): (
        lambda s: reverse_mean(s, x_0=s.x_t - (1 - ABAR[s.t]).sqrt() * s.eps)
    ),
    Mistake("x_0_without_sqrt", "x_0_pred uses alpha-bar_t and 1 - alpha-bar_t without their square roots", EQ_X_0): (
        lambda s: reverse_mean(s, x_0=(s.x_t - (1 - ABAR[s.t]) * s.eps) / ABAR[s.t])
    ),
    Mistake(
        "x_0_from_variance",
        "x_0_pred is made from the variance half: the noise is in the first three channels",
        EQ_X_0,
    ): lambda s: reverse_mean(s, x_0=x_0_of(s, s.v)),
    Mistake("abar_indexed_by_i", "x_0_pred is made for time i, the loop counter: its time is timesteps[i]", EQ_X_0): (
        lambda s: reverse_mean(s, x_0=x_0_of(s, s.eps, s.i))
    ),
    Mistake("x_0_at_t_prev", "x_0_pred is made for time t': x_t lies at noise level t", EQ_X_0): (
        lambda s: reverse_mean(s, x_0=x_0_of(s, s.eps, s.t_prev))
    ),
    Mistake("noise_for_x_0", "the predicted noise stands where x_0_pred belongs", EQ_STEP): (
        lambda s: reverse_mean(s, x_0=s.eps)
    ),
    Mistake(
        "coefficients_swapped", "the two coefficients are swapped: the first belongs to x_0_pred", EQ_STEP
    ): _swapped,
    Mistake(
        "step_without_sqrt", "alpha-bar_t' and alpha_t are used without their square roots", EQ_STEP
    ): _without_roots,
    Mistake(
        "abar_indexed_by_i", "alphas_cumprod is indexed by the loop counter i: index it by timesteps[i]", EQ_STEP
    ): _indexed_by_i,
    Mistake(
        "alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs", EQ_STEP
    ): _alpha_for_abar,
    Mistake("ddim_step", "this is DDIM's step: the exercise asks for DDPM's, with its noise", EQ_STEP): (
        lambda s: ABAR[s.t_prev].sqrt() * s.x_0 + (1 - ABAR[s.t_prev]).sqrt() * s.eps
    ),
    Mistake("x_0_kept", "x_0_pred itself is handed to the next step: mix it with x_t first", EQ_STEP): lambda s: s.x_0,
    Mistake("picture_not_updated", "the picture does not change from step to step: assign the result to it", EQ_STEP): (
        lambda s: s.x_t
    ),
}

NOISE_MISTAKES: dict[Mistake, Callable[[Step], torch.Tensor]] = {
    Mistake("variance_missing", "add_variance is not called: without its noise the loop is not DDPM's", EQ_NOISE): (
        lambda s: torch.zeros_like(s.v)
    ),
    Mistake("variance_wrong_time", "add_variance is given another time than t of the step", EQ_NOISE): (
        lambda s: step_std(s.v, s.t_prev, s.t_later) if s.t_later != s.t_prev else step_std(s.v, s.t, s.t_prev)
    ),
    Mistake("variance_unit_noise", "noise of size 1 is added: add_variance scales it", EQ_NOISE): (
        lambda s: torch.ones_like(s.v)
    ),
    Mistake("variance_twice", "the noise is added twice", EQ_NOISE): (lambda s: 2**0.5 * step_std(s.v, s.t, s.t_prev)),
    Mistake(
        "variance_from_noise", "add_variance is given the noise half of the answer, not the variance half", EQ_NOISE
    ): lambda s: step_std(s.eps, s.t, s.t_prev),
}


_HALVES_SWAPPED = Mistake(
    "x_0_from_variance",
    "the two halves of the answer have changed places: the noise is in the first three channels",
    EQ_X_0,
)


def _halves_swapped(s: Step) -> Outcome:
    return Outcome(reverse_mean(s, x_0=x_0_of(s, s.v)), step_std(s.eps, s.t, s.t_prev))


def step_mistakes() -> dict[Mistake, StepRule]:
    """Return the known wrong steps: each wrong mean with the right noise, each wrong noise with the right mean."""

    def with_mean(rule) -> StepRule:
        return lambda step: reverse_step(step)._replace(mean=rule(step))

    def with_std(rule) -> StepRule:
        return lambda step: reverse_step(step)._replace(std=rule(step))

    means = {mistake: with_mean(rule) for mistake, rule in MEAN_MISTAKES.items()}
    noises = {mistake: with_std(rule) for mistake, rule in NOISE_MISTAKES.items()}
    return means | noises | {_HALVES_SWAPPED: _halves_swapped}
