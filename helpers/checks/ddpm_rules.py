"""One reverse step of DDPM from t to t - 1 in closed form: the right one, and the wrong ones that students write.

A rule takes a transition as a spy saw it and returns what x_{t-1} must then be. The loops of chapters 3 to 8 skip
times: their steps stand in steps.py.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.diagnosis import Outcome
from helpers.checks.report import mistakes

EQ_SAMPLE = "the equation of the sampler in this chapter; Ho et al. 2020, algorithm 2"

Schedule = dict[str, Tensor]  # betas, alphas, alpha_bars: (T,) each


class Transition(NamedTuple):
    """One step of a sampler: x_t, the noise that was found in it, t, x_{t-1}, and the schedule that holds for it."""

    x: Tensor
    eps: Tensor
    t: int
    x_next: Tensor
    schedule: Schedule


Mean = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # x_t, eps, alpha_t, alpha-bar_t -> mean of x_{t-1}
Std = Callable[[int, Schedule], "Tensor | float"]
Rule = Callable[[Transition], Outcome]


def schedule_of(betas: Tensor) -> Schedule:
    """Return a schedule as the student's functions do, in float64."""
    betas = betas.double()
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": (1 - betas).cumprod(0)}


def reverse_mean(x: Tensor, eps: Tensor, alpha: Tensor, alpha_bar: Tensor) -> Tensor:
    """Return the mean of the reverse step, Ho et al. 2020, eq. 11."""
    return (x - (1 - alpha) / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()


def root_of_beta(t: int, s: Schedule) -> Tensor | float:
    """Return the larger choice of the noise's size, Ho et al. 2020, section 3.2; none at the last step."""
    return s["betas"][t].sqrt() if t else 0.0


def posterior_std(t: int, s: Schedule) -> Tensor | float:
    """Return the smaller choice, Ho et al. 2020, eq. 7: the root of (1 - abar_{t-1}) / (1 - abar_t) beta_t."""
    bars = s["alpha_bars"]
    return ((1 - bars[t - 1]) / (1 - bars[t]) * s["betas"][t]).sqrt() if t else 0.0


def step_rule(std: Std, mean: Mean = reverse_mean) -> Rule:
    """Return the rule of a step with noise of a size around a mean."""

    def rule(seen: Transition) -> Outcome:
        t, s = seen.t, seen.schedule
        middle = mean(seen.x, seen.eps, s["alphas"][t], s["alpha_bars"][t])
        return Outcome(middle, torch.full_like(middle, float(std(t, s))))

    return rule


beta_step, posterior_step = step_rule(root_of_beta), step_rule(posterior_std)

_MEANS: dict[tuple[str, str], Mean] = {
    ("alpha_bar_for_alpha", "alpha-bar stands where alpha belongs, under the first root"):
        lambda x, eps, alpha, bar: reverse_mean(x, eps, alpha, bar) * (alpha / bar).sqrt(),
    ("alpha_for_alpha_bar", "alpha stands where alpha-bar belongs, under the root of the noise"):
        lambda x, eps, alpha, bar: reverse_mean(x, eps, alpha, alpha),
    ("eps_not_scaled", "the noise is taken away whole: only its share of this step"):
        lambda x, eps, alpha, bar: (x - eps) / alpha.sqrt(),
    ("eps_without_root", "1 - alpha-bar stands there without its square root"):
        lambda x, eps, alpha, bar: (x - (1 - alpha) / (1 - bar) * eps) / alpha.sqrt(),
    ("x_not_rescaled", "the difference is not divided by sqrt(alpha_t)"):
        lambda x, eps, alpha, bar: reverse_mean(x, eps, alpha, bar) * alpha.sqrt(),
    ("alpha_without_sqrt", "the difference is divided by alpha_t, not by its square root"):
        lambda x, eps, alpha, bar: reverse_mean(x, eps, alpha, bar) / alpha.sqrt(),
}  # fmt: skip
_NO_NOISE = {("noise_missing", "no noise is added behind the mean"): lambda t, s: 0.0}

_BETA_STDS: dict[tuple[str, str], Std] = _NO_NOISE | {
    ("noise_at_the_end", "noise is added at t = 0, too: the last step adds none"): lambda t, s: s["betas"][t].sqrt(),
    ("beta_without_sqrt", "the noise is multiplied by beta, not by its square root"):
        lambda t, s: s["betas"][t] if t else 0.0,
    ("noise_not_scaled", "the noise is added as it is: multiply it by sqrt(beta_t)"): lambda t, s: 1.0 if t else 0.0,
}  # fmt: skip
_POSTERIOR_STDS: dict[tuple[str, str], Std] = _NO_NOISE | {
    ("beta_for_sigma", "the noise has the size sqrt(beta_t): this chapter uses sigma_t"): root_of_beta,
    ("beta_at_the_end", "noise of size sqrt(beta_0) is added at t = 0: the last step adds none"):
        lambda t, s: s["betas"][t].sqrt(),
    ("sigma_squared", "the noise is multiplied by the variance, sigma_t squared"):
        lambda t, s: posterior_std(t, s) ** 2,
    ("noise_not_scaled", "the noise is added as it is: multiply it by sigma_t"): lambda t, s: 1.0 if t else 0.0,
    ("noise_at_the_end", "noise of size 1 is added at t = 0, too: the last step adds none"): lambda t, s: 1.0,
    ("sigma_one_early", "sigma is read at t - 1"): lambda t, s: posterior_std(max(t - 1, 0), s),
    ("sigma_one_late", "sigma is read at t + 1"):
        lambda t, s: posterior_std(min(t + 1, len(s["betas"]) - 1), s) if t else 0.0,
}  # fmt: skip


def _read_early(name: str) -> Rule:
    """Return the rule of a mean that reads alphas or alpha_bars at t - 1."""

    def rule(seen: Transition) -> Outcome:
        read = seen.schedule[name]
        early = seen._replace(schedule=seen.schedule | {name: torch.cat([read[:1], read[:-1]])})
        return Outcome(posterior_step(early).mean, posterior_step(seen).std)

    return rule


def _steps(right: Std, stds: dict[tuple[str, str], Std], means: dict[tuple[str, str], Mean]) -> dict:
    """Return the mistakes of a step: each wrong size with the right mean, each wrong mean with the right size."""
    rules = {mistake: step_rule(std) for mistake, std in stds.items()}
    return mistakes(EQ_SAMPLE, rules | {mistake: step_rule(right, mean) for mistake, mean in means.items()})


BETA_MISTAKES = _steps(root_of_beta, _BETA_STDS, _MEANS)
POSTERIOR_MISTAKES = _steps(
    posterior_std,
    _POSTERIOR_STDS,
    _MEANS
    | {
        ("sign_of_eps", "the noise is added to x_t: take it away"): (
            lambda x, eps, alpha, bar: reverse_mean(x, -eps, alpha, bar)
        )
    },
) | mistakes(
    EQ_SAMPLE,
    {
        ("beta_one_early", "beta is read at t - 1"): _read_early("alphas"),
        ("alpha_bar_one_early", "alpha-bar is read at t - 1"): _read_early("alpha_bars"),
    },
)
