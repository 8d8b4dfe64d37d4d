"""Guidance as the checks of chapters 04 to 08 and 11 know it: the right noise, and the wrong ones that students write.

A chapter builds its `Exercise` (see loops.py) from these. For a loop with one prompt that is all:

    exercise = guided_exercise(arguments, scale=3.5, options={"scale": 3.5})
    loop = DenoisingLoop(student, stage_1, strided(), i_start, seed, exercise)
    loop.require_means()
    loop.require_noise()

For several prompts or views, `predict` combines `guided(ask, x, prompt, scale)` as the exercise's equation says, and
`spoiled(predict_with)` lists what becomes of it when all its guidances are wrong in the same way.
"""

from collections.abc import Callable, Mapping

import torch

from helpers.checks.loops import AS_IT_IS, Ask, Exercise, Predict
from helpers.checks.report import Mistake, mistakes
from helpers.checks.steps import ABAR, EQ_X_0, StepRule, with_clamped, with_mean, with_std, x_0_of

COND, UNCOND = "prompt_embeds", "uncond_prompt_embeds"  # as the student's functions call them
EQ_GUIDANCE = "the equation of guidance in chapter 4; Ho and Salimans 2022, eq. 6 with gamma = 1 + w"
EQ_VARIANCE = "the paragraph on the variance channels in chapter 4"

Pair = tuple[torch.Tensor, torch.Tensor]  # noise, variance
Combine = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]  # conditional, unconditional, scale
Guidance = Callable[[Pair, Pair, float], Pair]


def right_noise(cond: torch.Tensor, uncond: torch.Tensor, scale: float) -> torch.Tensor:
    """Return uncond + scale (cond - uncond)."""
    return uncond + scale * (cond - uncond)


GUIDANCE_NOISES: dict[tuple[str, str], Combine] = {
    ("gamma_for_w", "the factor is 1 + scale: here scale = 1 + w, so uncond + scale (cond - uncond)"):
        lambda c, u, s: right_noise(c, u, 1 + s),
    ("w_for_gamma", "the factor is scale - 1: the sum begins with uncond, so the factor is scale itself"):
        lambda c, u, s: right_noise(c, u, s - 1),
    ("cond_uncond_swapped", "the conditional and the unconditional noise have changed places"):
        lambda c, u, s: right_noise(u, c, s),
    ("difference_reversed", "the difference is uncond - cond: it must point to the prompt"):
        lambda c, u, s: right_noise(c, u, -s),
    ("difference_only", "the scaled difference stands alone: add it to the unconditional noise"):
        lambda c, u, s: s * (c - u),
    ("cond_only_scaled", "scale multiplies the conditional noise alone: it belongs to the difference"):
        lambda c, u, s: u + s * c,
    ("uncond_not_weighed", "the unconditional noise is taken away whole: its weight is 1 - scale"):
        lambda c, u, s: s * c - u,
    ("brackets_missing", "scale multiplies the conditional noise alone: put brackets round the difference"):
        lambda c, u, s: u + s * c - u,
    ("interpolated", "the result lies between the two noises: guidance goes past cond"):
        lambda c, u, s: right_noise(c, u, s / (1 + s)),
    ("averaged", "the two noises are averaged: guidance goes from uncond past cond"):
        lambda c, u, s: right_noise(c, u, 0.5),
    ("scale_fixed", "the scale is always 7: use the argument"): lambda c, u, s: right_noise(c, u, 7),
    ("scale_ignored", "the prompt's noise is used as it is: scale plays no part"): lambda c, u, s: c,
    ("prompt_has_no_part", "the unconditional noise is used as it is: the prompt plays no part"): lambda c, u, s: u,
}  # fmt: skip
_VARIANCES: dict[tuple[str, str], Combine] = {
    ("cfg_on_variance", "the variance channels are guided, too: guide the noise alone"): right_noise,
    ("variance_of_uncond", "the variance is that of the unconditional call: take the conditional one"):
        lambda c, u, s: u,
    ("variance_averaged", "the variances of both calls are averaged: take the conditional one"):
        lambda c, u, s: (c + u) / 2,
}  # fmt: skip


def guidance(noise: Combine = right_noise, variance: Combine = lambda cond, uncond, scale: cond) -> Guidance:
    """Return a guidance of noise and variance; the right one takes the variance of the conditional call."""
    return lambda cond, uncond, scale: (noise(cond[0], uncond[0], scale), variance(cond[1], uncond[1], scale))


right_guidance = guidance()
GUIDANCE_MISTAKES: dict[Mistake, Guidance] = {
    mistake: guidance(noise=rule) for mistake, rule in mistakes(EQ_GUIDANCE, GUIDANCE_NOISES).items()
} | {mistake: guidance(variance=rule) for mistake, rule in mistakes(EQ_VARIANCE, _VARIANCES).items()}

COND_UNASKED = Mistake(
    "cond_unasked", "the U-Net is never asked with the prompt: one call gets prompt_embeds", EQ_GUIDANCE
)
UNCOND_UNASKED = Mistake(
    "uncond_unasked", "the U-Net is never asked without the prompt: one call gets uncond_prompt_embeds", EQ_GUIDANCE
)
NOISE_GUIDED = Mistake(
    "noise_guided",
    "add_variance is called for each of the two pictures, and guidance amplifies the noise: add it once, at the end",
    EQ_GUIDANCE,
)

# What becomes of a wrong x_0_pred that is then clamped, where it would leave [-1, 1]: mistakes of the estimate itself.
CLAMPED_STEPS: dict[Mistake, StepRule] = mistakes(EQ_X_0, {
    ("picture_clamped", "the noisy picture is kept in [-1, 1]: noise goes beyond, keep x_0_pred alone there"):
        with_mean(lambda s: s.right.mean.clamp(-1, 1)),
    ("x_0_halved", "x_0_pred is kept in [0, 1]: pictures lie in [-1, 1]"): with_clamped(lambda s: s.x_0.clamp(min=0)),
    ("abar_indexed_by_i", "x_0_pred is made for the time i: its time is timesteps[i]"):
        with_clamped(lambda s: x_0_of(s, s.eps, s.i)),
    ("x_0_without_sqrt", "x_0_pred lacks the square roots of alpha-bar_t and 1 - alpha-bar_t"):
        with_clamped(lambda s: (s.x_t - (1 - ABAR[s.t]) * s.eps) / ABAR[s.t]),
})  # fmt: skip

UNGUIDED = Exercise(  # the loop of chapter 3
    prompts=(COND,),
    arguments=lambda im_noisy, embeds, i_start, timesteps: (im_noisy, i_start, embeds[COND], timesteps),
    predict=lambda ask, x_t: ask(x_t, COND),
)


def guided(
    ask: Ask, x: torch.Tensor, prompt: str, scale: float, uncond: str = UNCOND, guidance: Guidance = right_guidance
) -> Pair:
    """Return noise and variance of a guided prediction of picture x for a prompt's name."""
    return guidance(ask(x, prompt), ask(x, uncond), scale)


def spoiled(predict_with: Callable[[Guidance], Predict]) -> dict[Mistake, Predict]:
    """Return each known mistake of guidance with the prediction that it leads to.

    predict_with  from a guidance to the exercise's prediction with it in all its places
    """
    return {mistake: predict_with(guidance) for mistake, guidance in GUIDANCE_MISTAKES.items()}


def guided_exercise(arguments: Callable[..., tuple], scale: float, options: Mapping = {}) -> Exercise:
    """Return the exercise of a guided loop with one prompt.

    arguments  as in Exercise, with the embeddings under the names COND and UNCOND
    scale      what the loop must guide with, 2 .. 7; at most 7, so that x_0_pred stays within [-1, 1]
    options    keyword arguments of the call, {"scale": scale} or nothing for the default of 7
    """

    def predict_with(guidance: Guidance) -> Predict:
        return lambda ask, x_t: guided(ask, x_t, COND, scale, guidance=guidance)

    amplified = (scale**2 + (scale - 1) ** 2) ** 0.5
    return Exercise(
        prompts=(COND, UNCOND),
        arguments=arguments,
        predict=predict_with(right_guidance),
        wrong=spoiled(predict_with),
        steps={NOISE_GUIDED: with_std(lambda s: s.right.std * amplified), **CLAMPED_STEPS},
        unasked={(COND, *AS_IT_IS): COND_UNASKED, (UNCOND, *AS_IT_IS): UNCOND_UNASKED},
        options=options,
        read=EQ_GUIDANCE,
    )
