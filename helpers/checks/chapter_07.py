"""Checks of chapter 07, visual anagrams: the flip illusion, any view, and what a view does to noise."""

import torch

from helpers.checks.diagnosis import diagnose, off, same
from helpers.checks.guided import CLAMPED_STEPS, UNCOND
from helpers.checks.loops import DenoisingLoop, Exercise
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.checks.views import averaged_steps, flip_mistakes, parallel, view_mistakes
from helpers.sampling.views import ViewPair, flipped, inner_circle, negated, permuted_patches, rotated, upright
from helpers.schedules import strided

_CLOSED = ("make_illusion", "make_flip_illusion")
_EQ_STATISTICS = "the three numbers of exercise 7.2"
_EQ_ORTHOGONAL = "the equation of orthogonality in this chapter; Geng et al. 2024, conditions on views"
_SQUARE = (1, 3, 32, 32)  # rotations need it


@check("make_flip_illusion")
def check_make_flip_illusion(make_flip_illusion, stage_1, seed: int = 0) -> None:
    """Check `make_flip_illusion(im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, ...)` step by step.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("make_flip_illusion", make_flip_illusion, closed=_CLOSED)
    for i_start, stride, scale in ((10, 30, 7), (0, 60, 2 + seed % 5), (20 + seed % 5, 30, 3.5)):
        loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, _flip_exercise(scale))
        loop.require_means()
        if stride == 30:
            loop.require_noise()
    passed("make_flip_illusion", "every step averages the two views' noise, each guided by itself, and their variances")


def _flip_exercise(scale: float) -> Exercise:
    prompts, views = ["prompt_embeds_1", "prompt_embeds_2"], [upright(), flipped()]
    return Exercise(
        prompts=[*prompts, UNCOND],
        arguments=lambda im_noisy, embeds, i_start, timesteps: (
            im_noisy, i_start, *(embeds[name] for name in (*prompts, UNCOND)), timesteps
        ),
        predict=parallel(prompts, views, scale),
        wrong=view_mistakes(prompts, views, scale) | flip_mistakes(prompts, scale),
        steps={**CLAMPED_STEPS, **averaged_steps(2)},
        views={"upright": upright(), "flipped": flipped()},
        options={} if scale == 7 else {"scale": scale},
    )  # fmt: skip


@check("make_illusion")
def check_make_illusion(make_illusion, stage_1, seed: int = 0) -> None:
    """Check `make_illusion(im_noisy, i_start, prompt_embeds, views, ...)` step by step, with views of many kinds.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("make_illusion", make_illusion, closed=_CLOSED)
    settings = (
        (10, 30, 7, [upright(), rotated()]),
        (20 + seed % 5, 30, 4, [permuted_patches(4, seed), upright(), inner_circle()]),
        (15, 60, 2 + seed % 5, [upright(), negated()]),
    )
    for i_start, stride, scale, views in settings:
        exercise, timesteps = _illusion_exercise(views, scale), strided(stride=stride)
        loop = DenoisingLoop(student, stage_1, timesteps, min(i_start, 12), seed, exercise, shape=_SQUARE)
        loop.require_means()
        loop.require_noise()
    passed(
        "make_illusion", "every step agrees for rotation, patches, inner circle and negative, with two views and three"
    )


def _illusion_exercise(views: list[ViewPair], scale: float) -> Exercise:
    prompts = [f"prompt_embeds[{number}]" for number in range(len(views))]
    return Exercise(
        prompts=[*prompts, UNCOND],
        arguments=lambda im_noisy, embeds, i_start, timesteps: (
            im_noisy, i_start, [embeds[name] for name in prompts], views, embeds[UNCOND], timesteps
        ),
        predict=parallel(prompts, views, scale),
        wrong=view_mistakes(prompts, views, scale),
        steps={**CLAMPED_STEPS, **averaged_steps(len(views))},
        views={f"view {number}": pair for number, pair in enumerate(views)},
        options={} if scale == 7 else {"scale": scale},
    )  # fmt: skip


def _lagged(x: torch.Tensor, dim: int, share: float) -> torch.Tensor:
    """Add a share of each pixel's neighbour to it along a dimension; nothing comes in at the border."""
    shifted = x.roll(1, dim)
    shifted.select(dim, 0).zero_()
    return x + share * shifted


# Views that spoil noise in ways of their own: mean, variance, likeness to the right, below, in the next channel.
_SPOILING = (
    lambda x: 0.7 * _lagged(x, -1, 0.6) + 0.3,
    lambda x: 1.3 * _lagged(x, -2, 0.8) - 0.2,
    lambda x: _lagged(_lagged(x, -1, -0.5), -3, 0.9),
    lambda x: 1 - x,
)


def _statistics(seen: torch.Tensor, left: torch.Tensor | None = None, right: torch.Tensor | None = None, centred=True):
    """Return mean, variance and covariance of two pieces of noise; default: of neighbours side by side."""
    left = seen[..., :-1] if left is None else left
    right = seen[..., 1:] if right is None else right
    mean = seen.mean()
    shift = mean if centred else 0.0
    return torch.stack([mean, (seen - mean).square().mean(), ((left - shift) * (right - shift)).mean()])


_STATISTICS_MISTAKES = mistakes("", {
    ("view_not_used", "eps itself is measured: measure view(eps)"): lambda s, e: _statistics(e),
    ("std_for_variance", "the second number is the standard deviation: the variance is its square"):
        lambda s, e: torch.stack([s.mean(), s.std(), _statistics(s)[2]]),
    ("neighbours_below", "the neighbours lie below each other: take those side by side, the last dimension"):
        lambda s, e: _statistics(s, s[..., :-1, :], s[..., 1:, :]),
    ("neighbours_in_colour", "two channels of a pixel are compared: take pixels side by side"):
        lambda s, e: _statistics(s, s[:, :-1], s[:, 1:]),
    ("neighbours_across_the_border", "the first pixel of a row is taken as the neighbour of its last"):
        lambda s, e: _statistics(s, s, s.roll(1, -1)),
    ("order", "the numbers stand in another order: mean, variance, covariance"):
        lambda s, e: _statistics(s)[[0, 2, 1]],
}) | mistakes(_EQ_STATISTICS, {
    ("not_centred", "the mean is not taken away before neighbours are multiplied"):
        lambda s, e: _statistics(s, centred=False),
    ("variance_not_centred", "the variance is the mean square: take the mean away first"):
        lambda s, e: torch.stack([s.mean(), s.square().mean(), _statistics(s)[2]]),
    ("covariance_with_itself", "each pixel is multiplied by itself, not by its neighbour"):
        lambda s, e: _statistics(s, s, s),
    ("neighbours_two_apart", "the pixels lie two apart: neighbours are one apart"):
        lambda s, e: _statistics(s, s[..., :-2], s[..., 2:]),
    ("correlation", "the third number is divided by the variance: that is the correlation"):
        lambda s, e: _statistics(s) / torch.stack([torch.ones(()), torch.ones(()), s.var()]),
    ("covariance_summed", "the products of neighbours are added up: take their mean"):
        lambda s, e: _statistics(s) * torch.tensor([1, 1, s[..., 1:].numel()]),
    ("eps_with_view", "the third number compares eps with view(eps), not neighbours"):
        lambda s, e: torch.stack([*_statistics(s)[:2], ((s - s.mean()) * (e - e.mean())).mean()]),
    ("absolute", "the mean is that of the absolute values"):
        lambda s, e: torch.stack([s.abs().mean(), *_statistics(s)[1:]]),
})  # fmt: skip


@check("noise_statistics")
def check_noise_statistics(noise_statistics, seed: int = 0) -> None:
    """Check `noise_statistics(view, eps)` -> mean, variance, covariance of neighbours. Raises CheckFailed."""
    student = StudentFunction("noise_statistics", noise_statistics)
    source = torch.Generator().manual_seed(seed)
    judged = []
    for view in _SPOILING:
        eps = torch.randn((64, 3, 6, 8), generator=source)
        got = student.call(view, eps).value.reshape(-1)
        if got.numel() != 3:
            student.fail("the answer is not three numbers", expected="mean, variance, covariance", got=f"{got.numel()}")
        seen, eps = view(eps.double()), eps.double()
        wrong = {name: rule(seen, eps) for name, rule in _STATISTICS_MISTAKES.items()}
        judged.append((got, _statistics(seen), wrong))
    _require_right(student, judged)
    passed("noise_statistics", "mean, variance and covariance agree for four views that spoil noise")


def _require_right(student: StudentFunction, judged: list, other: Mistake | None = None) -> None:
    """Require right numbers, view by view; where some differ, name the mistake that explains all of them.

    judged  (got, right, mistake -> wrong) for each view
    other   the mistake where none explains them
    """
    failed = next(((got, right) for got, right, _ in judged if not same(got, right, 2e-3)), None)
    if failed is None:
        return
    fits = {name: [off(got, wrong[name], 2e-3) for got, _, wrong in judged] for name in judged[0][2]}
    got, right = (", ".join(f"{value:.3f}" for value in numbers.reshape(-1).tolist()) for numbers in failed)
    mistake = diagnose(fits) or other
    student.fail("the numbers of a view are wrong", expected=right, got=got, mistake=mistake)


# Views on any shape with the kinds of departure that there are: none, lengths, angles, both, and a change of volume.
_LINEAR = (
    lambda x: 0.5 * x,
    lambda x: x.flip(-1).roll(1, -2),
    lambda x: _lagged(x, -1, 0.4),
    lambda x: _lagged(x.roll(1, -1), -2, -0.7),
    lambda x: x * torch.where(torch.arange(x.shape[-1]) % 2 == 0, 2.0, 0.5).to(x),
    lambda x: x * (1 + torch.arange(x.shape[-1]) / 4).to(x),  # knows how wide a picture is
)
_LINEAR_SHAPES = ((3, 4, 2), (1, 3, 5), (2, 2, 4), (3, 3, 3), (1, 4, 4), (2, 2, 3))

_ORTHOGONALITY_MISTAKES = mistakes(_EQ_ORTHOGONAL, {
    ("identity_not_subtracted", "the identity is not taken away from the products"):
        lambda rows, gram, one: gram.abs().max(),
    ("matrix_itself", "the view's matrix is compared with the identity: compare A^T A"):
        lambda rows, gram, one: (rows - one).abs().max(),
    ("square_for_gram", "this is A A: one of the two must be transposed"):
        lambda rows, gram, one: (rows @ rows - one).abs().max(),
    ("determinant", "a determinant of 1 keeps volumes, not lengths and angles"):
        lambda rows, gram, one: (torch.linalg.det(rows).abs() - 1).abs(),
}) | mistakes("", {
    ("sign_lost", "negative departures are lost: take the absolute value before the largest"):
        lambda rows, gram, one: (gram - one).max(),
    ("signed_sum", "departures of both signs are added up and cancel: take the largest absolute value"):
        lambda rows, gram, one: (gram - one).sum(),
    ("mean_for_max", "this is the mean departure: one wrong pixel in a thousand would not show"):
        lambda rows, gram, one: (gram - one).abs().mean(),
    ("norm_for_max", "this is the root of all squared departures, not the largest"):
        lambda rows, gram, one: (gram - one).norm(),
    ("lengths_only", "only the lengths are looked at: different basis vectors must stay perpendicular, too"):
        lambda rows, gram, one: (gram - one).diagonal().abs().max(),
    ("angles_only", "only the angles are looked at: the lengths must stay 1, too"):
        lambda rows, gram, one: (gram * (1 - one)).abs().max(),
    ("view_not_used", "the basis vectors are compared as they are: send them through view"):
        lambda rows, gram, one: torch.zeros((), dtype=rows.dtype),
    ("yes_or_no", "the answer is yes or no: return how large the largest departure is"):
        lambda rows, gram, one: torch.allclose(gram, one) * torch.ones_like(gram[0, 0]),
})  # fmt: skip
_FLAT_BASIS = Mistake("basis_not_pictures", "the view is given rows of numbers: reshape the basis to (N, *shape) first")
_RANDOM_VECTORS = Mistake("random_vectors", "random vectors are used: take the basis vectors, the rows of torch.eye")


@check("orthogonality_error")
def check_orthogonality_error(orthogonality_error, seed: int = 0) -> None:
    """Check `orthogonality_error(view, shape)`, the largest entry of |A^T A - I|. Raises CheckFailed."""
    student = StudentFunction("orthogonality_error", orthogonality_error)
    judged, changes = [], False
    for view, (channels, height, width) in zip(_LINEAR, _LINEAR_SHAPES, strict=True):
        shape = channels, height, width + seed % 3
        got = student.number(view, shape).value
        changes = changes or student.number(view, shape, seed=1).value != got
        size = shape[0] * shape[1] * shape[2]
        one = torch.eye(size, dtype=torch.float64)
        rows = view(one.reshape(size, *shape)).flatten(1)
        gram = rows @ rows.T
        wrong = {name: rule(rows, gram, one) for name, rule in _ORTHOGONALITY_MISTAKES.items()}
        wrong[_FLAT_BASIS] = (view(one) @ view(one).T - one).abs().max()
        judged.append((got, (gram - one).abs().max(), wrong))
    _require_right(student, judged, other=_RANDOM_VECTORS if changes else None)
    passed("orthogonality_error", "the largest departure is right for six views, one of them orthogonal")
