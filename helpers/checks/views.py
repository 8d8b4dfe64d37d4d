"""Anagrams as the checks of chapter 07 know them: the right prediction, and the wrong ones that students write."""

from collections.abc import Callable, Sequence
from functools import reduce

import torch

from helpers.checks.guided import UNCOND, Pair, guided, right_guidance, spoiled
from helpers.checks.loops import Ask, Predict
from helpers.checks.report import Mistake, mistakes
from helpers.checks.steps import StepRule, with_std
from helpers.sampling.views import ViewPair

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

    def of(pair: Callable[[Callable, Callable], tuple]) -> Predict:
        return parallel(prompts, [pair(*each) for each in views], scale)

    return mistakes(EQ_VIEWS, {
        ("inverse_missing", "the answers of a view are not turned back before the mean"): of(lambda v, w: (v, same)),
        ("view_missing", "the U-Net sees the picture as it is: show it view(image)"): of(lambda v, w: (same, w)),
        ("views_unused", "every prompt sees the upright picture: no view is taken"): of(lambda v, w: (same, same)),
        ("view_for_inverse", "view stands where inverse_view belongs"): of(lambda v, w: (v, v)),
        ("view_and_inverse_swapped", "view and inverse_view have changed places"): of(lambda v, w: (w, v)),
        ("view_twice", "the view is applied to the picture twice"): of(lambda v, w: (lambda x: v(v(x)), w)),
        ("inverse_twice", "the noise is turned back twice"): of(lambda v, w: (v, lambda x: w(w(x)))),
    }) | mistakes("", {
        ("prompts_swapped", "each view gets another view's prompt: the first prompt belongs to the first view"):
            parallel(prompts[::-1], views, scale),
        ("one_prompt_only", "all views get the first prompt"): parallel([prompts[0]] * len(views), views, scale),
    })  # fmt: skip


def _wrong_uncond(prompts, views, scale) -> dict[Mistake, Predict]:
    """Return what comes of an unconditional call that only one view makes."""
    cause = "the unconditional call is made in one view only: each view needs its own"

    def turned_with_the_rest(ask, x_t, k) -> Pair:
        view, inverse_view = views[k]
        noise, variance = right_guidance(ask(view(x_t), prompts[k]), ask(views[0][0](x_t), UNCOND), scale)
        return inverse_view(noise), inverse_view(variance)

    def kept_upright(of: int) -> Look:
        def look(ask, x_t, k) -> Pair:
            view, inverse_view = views[k]
            cond, variance = map(inverse_view, ask(view(x_t), prompts[k]))
            uncond = views[of][1](ask(views[of][0](x_t), UNCOND)[0])
            return right_guidance((cond, variance), (uncond, variance), scale)

        return look

    looks = {"": turned_with_the_rest, ". Here it is the first's": kept_upright(0)}
    looks[". Here it is the last's"] = kept_upright(-1)
    return mistakes(
        EQ_VIEWS, {("uncond_one_view", cause + told): joined(look, len(views)) for told, look in looks.items()}
    )


def _wrong_noise(right: Look, count: int) -> dict[Mistake, Predict]:
    """Return what comes of right looks that are put together wrongly."""
    joins: dict[tuple[str, str], Join] = {
        ("noises_summed", "the noises are added up: take their mean"): sum,
        ("first_view_only", "the noise of the first view alone is used"): lambda parts: parts[0],
        ("last_view_only", "the noise of the last view alone is used: the ones before are lost"):
            lambda parts: parts[-1],
    }  # fmt: skip
    if count == 2:
        shares = {"4 : 1": 0.8, "1 : 4": 0.2, "3 : 1": 0.75, "1 : 3": 0.25, "2 : 1": 2 / 3, "1 : 2": 1 / 3}
        for told, share in shares.items():
            cause = f"the views do not count alike: the mean of the first is {told} to the second"
            joins["weighted_mean", cause] = lambda parts, share=share: share * parts[0] + (1 - share) * parts[1]
    else:  # with two views these are the right mean
        joins["running_halves", "each view is averaged with the mean so far, so that later ones count more"] = (
            lambda parts: reduce(lambda total, part: (total + part) / 2, parts)
        )
        joins["mean_of_two_always", "the sum is divided by 2, whatever the number of views"] = lambda parts: (
            sum(parts) / 2
        )
    return mistakes(EQ_VIEWS, {name: joined(right, count, noise=join) for name, join in joins.items()})


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

    return mistakes(EQ_SIZES, {
        ("variances_summed", "the variance channels are added up: take their mean"): with_variance(right, sum),
        ("variance_not_turned", "the variance channels of a view are not turned back"):
            with_variance(lambda v, view, inverse: v),
        ("variance_negated", "a view that turns the sign has turned that of the variance, too"):
            with_variance(lambda v, view, inverse: inverse(v)),
        ("variance_turned_wrongly", "the variance channels are turned by view, not by inverse_view"):
            with_variance(lambda v, view, inverse: view(v) * view(torch.ones_like(v))),
        ("variance_of_first_view", "the variance is that of the first view: take the mean of all"):
            with_variance(right, lambda parts: parts[0]),
        ("variance_of_last_view", "the variance is that of the last view: take the mean of all"):
            with_variance(right, lambda parts: parts[-1]),
    })  # fmt: skip


def flip_mistakes(prompts: Sequence[str], scale: float) -> dict[Mistake, Predict]:
    """Return what comes of something else than a vertical flip in the second view."""

    def of(second: tuple[int, ...], back: tuple[int, ...] | None = None) -> Predict:
        flips = lambda x: x.flip(second), lambda x: x.flip(second if back is None else back)
        return parallel(prompts, [(lambda x: x, lambda x: x), flips], scale)

    return mistakes(EQ_VIEWS, {
        ("rotated_180", "the second view is turned by 180 degrees: a flip leaves left and right"): of((-2, -1)),
        ("flipped_horizontally", "the second view is a mirror image: flip the rows, dimension 2"): of((-1,)),
        ("flipped_colours", "the channels are flipped, dimension 1: flip the rows, dimension 2"): of((-3,)),
        ("mirrored_back", "the answers are turned back by another flip than the view's"): of((-2,), (-1,)),
    })  # fmt: skip


def averaged_steps(count: int) -> dict[Mistake, StepRule]:
    """Return what comes of a whole step in each view and the mean of the pictures: their noise is averaged away."""
    cause = "each view makes a step with noise of its own, and the pictures are averaged: average the predictions"
    return mistakes(EQ_VIEWS, {("steps_averaged", cause): with_std(lambda s: s.right.std / count**0.5)})
