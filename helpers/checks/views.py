"""Anagrams as the checks of chapter 07 know them: the right prediction, and the wrong ones that students write."""

from collections.abc import Callable, Sequence

import torch

from helpers.checks.diagnosis import Outcome
from helpers.checks.guided import UNCOND, Pair, guided, right_guidance, spoiled
from helpers.checks.loop_exercise import Ask, Predict
from helpers.checks.report import Mistake
from helpers.checks.steps import Step, StepRule, reverse_step
from helpers.sampling.views import ViewPair

__all__ = ["UNCOND", "averaged_steps", "flip_mistakes", "parallel", "view_mistakes"]

EQ_VIEWS = "the equation of the averaged noise in this chapter; Geng et al. 2024, parallel denoising"
EQ_SIZES = "the paragraph on the variance channels in this chapter"

# (ask, x_t, number of the view) -> noise and variance of that view, turned back to the upright picture
Look = Callable[[Ask, torch.Tensor, int], Pair]
Join = Callable[[Sequence[torch.Tensor]], torch.Tensor]


def mean_of(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    return sum(parts) / len(parts)


def joined(look: Look, count: int, noise: Join = mean_of, variance: Join = mean_of) -> Predict:
    """Return the prediction that looks through `count` views and joins what they say."""

    def predict(ask: Ask, x_t: torch.Tensor) -> Pair:
        noises, variances = zip(*(look(ask, x_t, k) for k in range(count)), strict=True)
        return noise(noises), variance(variances)

    return predict


def look_through(prompts: Sequence[str], views: Sequence[ViewPair], scale: float, guidance=right_guidance) -> Look:
    """Return the right look: the picture under view k, guided with its own two calls, turned back."""

    def look(ask: Ask, x_t: torch.Tensor, k: int) -> Pair:
        view, inverse_view = views[k]
        noise, variance = guided(ask, view(x_t), prompts[k], scale, guidance=guidance)
        return inverse_view(noise), inverse_view(variance) * inverse_view(torch.ones_like(variance))

    return look


def parallel(prompts: Sequence[str], views: Sequence[ViewPair], scale: float, guidance=right_guidance) -> Predict:
    """Return the right prediction: the mean over all views of noise and variance."""
    return joined(look_through(prompts, views, scale, guidance), len(views))


def view_mistakes(prompts: Sequence[str], views: Sequence[ViewPair], scale: float) -> dict[Mistake, Predict]:
    """Return the known mistakes with any list of views: wrong guidance, wrong looks, wrong means."""
    right = look_through(prompts, views, scale)
    mistakes = spoiled(lambda guidance: parallel(prompts, views, scale, guidance))
    mistakes |= _wrong_pairs(prompts, views, scale) | _wrong_uncond(prompts, views, scale)
    return mistakes | _wrong_noise(right, len(views)) | _wrong_variance(prompts, views, scale)


def _wrong_pairs(prompts, views, scale) -> dict[Mistake, Predict]:
    """Return what comes of views, inverse views and prompts in the wrong place."""

    def same(x):
        return x

    def of(*pairs) -> Predict:
        return parallel(prompts, pairs, scale)

    return {
        Mistake("inverse_missing", "the answers of a view are not turned back before the mean", EQ_VIEWS): (
            of(*((view, same) for view, _ in views))
        ),
        Mistake("view_missing", "the U-Net sees the picture as it is: show it view(image)", EQ_VIEWS): (
            of(*((same, inverse) for _, inverse in views))
        ),
        Mistake("views_unused", "every prompt sees the upright picture: no view is taken", EQ_VIEWS): (
            of(*((same, same) for _ in views))
        ),
        Mistake("view_for_inverse", "view stands where inverse_view belongs", EQ_VIEWS): (
            of(*((view, view) for view, _ in views))
        ),
        Mistake("view_and_inverse_swapped", "view and inverse_view have changed places", EQ_VIEWS): (
            of(*((inverse, view) for view, inverse in views))
        ),
        Mistake("view_twice", "the view is applied to the picture twice", EQ_VIEWS): (
            of(*((lambda x, view=view: view(view(x)), inverse) for view, inverse in views))
        ),
        Mistake("inverse_twice", "the noise is turned back twice", EQ_VIEWS): (
            of(*((view, lambda x, inverse=inverse: inverse(inverse(x))) for view, inverse in views))
        ),
        Mistake(
            "prompts_swapped", "each view gets another view's prompt: the first prompt belongs to the first view"
        ): (parallel(prompts[::-1], views, scale)),
        Mistake("one_prompt_only", "all views get the first prompt"): parallel([prompts[0]] * len(views), views, scale),
    }


def _wrong_uncond(prompts, views, scale) -> dict[Mistake, Predict]:
    """Return what comes of an unconditional call that only one view makes."""
    cause = "the unconditional call is made in one view only: each view needs its own"

    def turned_with_the_rest(ask, x_t, k) -> Pair:
        view, inverse_view = views[k]
        cond, uncond = ask(view(x_t), prompts[k]), ask(views[0][0](x_t), UNCOND)
        noise, variance = right_guidance(cond, uncond, scale)
        return inverse_view(noise), inverse_view(variance)

    def kept_upright(of: int) -> Look:
        def look(ask, x_t, k) -> Pair:
            view, inverse_view = views[k]
            cond, variance = map(inverse_view, ask(view(x_t), prompts[k]))
            uncond = views[of][1](ask(views[of][0](x_t), UNCOND)[0])
            return right_guidance((cond, variance), (uncond, variance), scale)

        return look

    return {
        Mistake("uncond_one_view", cause, EQ_VIEWS): joined(turned_with_the_rest, len(views)),
        Mistake("uncond_one_view", f"{cause}. Here it is the first's", EQ_VIEWS): joined(kept_upright(0), len(views)),
        Mistake("uncond_one_view", f"{cause}. Here it is the last's", EQ_VIEWS): joined(kept_upright(-1), len(views)),
    }


def _wrong_noise(right: Look, count: int) -> dict[Mistake, Predict]:
    """Return what comes of right looks that are put together wrongly."""

    def weighed(*weights) -> Predict:
        rest = (1 - sum(weights)) / max(count - len(weights), 1)
        every = [*weights, *[rest] * (count - len(weights))]
        return joined(right, count, noise=lambda parts: sum(w * part for w, part in zip(every, parts, strict=True)))

    cause = "the views do not count alike: the mean of the first is {}"
    mistakes = {
        Mistake("noises_summed", "the noises are added up: take their mean", EQ_VIEWS): (
            joined(right, count, noise=sum)
        ),
        Mistake("first_view_only", "the noise of the first view alone is used", EQ_VIEWS): (
            joined(right, count, noise=lambda parts: parts[0])
        ),
        Mistake("last_view_only", "the noise of the last view alone is used: the ones before are lost", EQ_VIEWS): (
            joined(right, count, noise=lambda parts: parts[-1])
        ),
        Mistake(
            "running_halves", "each view is averaged with the mean so far, so that later ones count more", EQ_VIEWS
        ): (joined(right, count, noise=_running_halves)),
        Mistake("mean_of_two_always", "the sum is divided by 2, whatever the number of views", EQ_VIEWS): (
            joined(right, count, noise=lambda parts: sum(parts) / 2)
        ),
    }
    for share, told in (
        (0.8, "4 : 1"),
        (0.2, "1 : 4"),
        (0.75, "3 : 1"),
        (0.25, "1 : 3"),
        (2 / 3, "2 : 1"),
        (1 / 3, "1 : 2"),
    ):
        if count == 2:
            mistakes[Mistake("weighted_mean", cause.format(told) + " to the second", EQ_VIEWS)] = weighed(share)
    if count == 2:  # the same as the right mean there
        for name in ("running_halves", "mean_of_two_always"):
            mistakes = {mistake: rule for mistake, rule in mistakes.items() if mistake.name != name}
    return mistakes


def _running_halves(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = (total + part) / 2
    return total


def _wrong_variance(prompts, views, scale) -> dict[Mistake, Predict]:
    """Return what comes of the right noise with wrong variance channels."""

    def with_variance(turn: Callable, join: Join = mean_of) -> Predict:
        def look(ask, x_t, k) -> Pair:
            view, inverse_view = views[k]
            noise, variance = guided(ask, view(x_t), prompts[k], scale)
            return inverse_view(noise), turn(variance, *views[k])

        return joined(look, len(views), variance=join)

    def right(v, view, inverse):
        return inverse(v) * inverse(torch.ones_like(v))

    return {
        Mistake("variances_summed", "the variance channels are added up: take their mean", EQ_SIZES): (
            with_variance(right, sum)
        ),
        Mistake("variance_not_turned", "the variance channels of a view are not turned back", EQ_SIZES): (
            with_variance(lambda v, view, inverse: v)
        ),
        Mistake("variance_negated", "a view that turns the sign has turned that of the variance, too", EQ_SIZES): (
            with_variance(lambda v, view, inverse: inverse(v))
        ),
        Mistake("variance_turned_wrongly", "the variance channels are turned by view, not by inverse_view", EQ_SIZES): (
            with_variance(lambda v, view, inverse: view(v) * view(torch.ones_like(v)))
        ),
        Mistake("variance_of_first_view", "the variance is that of the first view: take the mean of all", EQ_SIZES): (
            with_variance(right, lambda parts: parts[0])
        ),
        Mistake("variance_of_last_view", "the variance is that of the last view: take the mean of all", EQ_SIZES): (
            with_variance(right, lambda parts: parts[-1])
        ),
    }


def flip_mistakes(prompts: Sequence[str], scale: float) -> dict[Mistake, Predict]:
    """Return what comes of something else than a vertical flip in the second view."""

    def of(second: Callable) -> Predict:
        return parallel(prompts, [(lambda x: x, lambda x: x), (second, second)], scale)

    return {
        Mistake("rotated_180", "the second view is turned by 180 degrees: a flip leaves left and right", EQ_VIEWS): (
            of(lambda x: x.flip((-2, -1)))
        ),
        Mistake("flipped_horizontally", "the second view is a mirror image: flip the rows, dimension 2", EQ_VIEWS): (
            of(lambda x: x.flip(-1))
        ),
        Mistake("flipped_colours", "the channels are flipped, dimension 1: flip the rows, dimension 2", EQ_VIEWS): (
            of(lambda x: x.flip(-3))
        ),
        Mistake("mirrored_back", "the answers are turned back by another flip than the view's", EQ_VIEWS): (
            parallel(prompts, [(lambda x: x, lambda x: x), (lambda x: x.flip(-2), lambda x: x.flip(-1))], scale)
        ),
    }


def averaged_steps(count: int) -> dict[Mistake, StepRule]:
    """Return what comes of a whole step in each view and the mean of the pictures: their noise is averaged away."""

    def rule(step: Step) -> Outcome:
        right = reverse_step(step)
        return right._replace(std=right.std / count**0.5)

    cause = "each view makes a step with noise of its own, and the pictures are averaged: average the predictions"
    return {Mistake("steps_averaged", cause, EQ_VIEWS): rule}
