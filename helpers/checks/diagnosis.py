"""Are two things the same, how well does a rule explain what was seen, and which known mistake explains it best."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.report import Mistake

_MOST = 0.9  # of what was seen that a mistake must explain: chance spoils a step now and then
_WORST = 3.0  # a misfit beyond this counts as this, so that one wild step does not outweigh all others


class Outcome(NamedTuple):
    """What a rule expects of a picture: mean and standard deviation of each pixel, both of the picture's shape."""

    mean: Tensor
    std: Tensor


def off(got: Tensor, wanted: Tensor, tolerance: float, smallest: float = 1.0) -> float:
    """Return how far numbers are from others; up to 1 they are the same. Another shape is infinitely far.

    tolerance  share of a wanted number by which the one that came may differ
    smallest   wanted numbers below this count as this
    """
    if got.shape != wanted.shape:
        return float("inf")
    far = (got - wanted).abs() / (tolerance * wanted.abs().clamp(min=smallest))
    far = torch.where(got.isnan() & wanted.isnan(), 0.0, far.nan_to_num(nan=float("inf"), posinf=float("inf")))
    return far.max().item()


def same(got: Tensor, wanted: Tensor, tolerance: float, smallest: float = 1.0) -> bool:
    """Return whether numbers are the same as others, as `off` measures it."""
    return off(got, wanted, tolerance, smallest) <= 1


def apart(a: Tensor, b: Tensor) -> float:
    """Return the root mean square of the difference of two pictures of one shape."""
    return (a.double() - b.double()).square().mean().sqrt().item()


def diagnose(
    misfits: Mapping[Mistake, Sequence[float]], score: Callable[[Mistake], float] | None = None
) -> Mistake | None:
    """Return the known mistake that explains best what was seen, or None where none explains it.

    misfits  mistake -> how badly its rule fits each thing that was seen; up to 1 it is what the rule leads to
    score    of a mistake that explains it, the best one lowest; default the sum of its misfits
    """
    score = score or (lambda mistake: sum(min(misfit, _WORST) for misfit in misfits[mistake]))
    explaining = [m for m, each in misfits.items() if sum(misfit <= 1 for misfit in each) > _MOST * len(each)]
    return min(explaining, key=score, default=None)


def nearest(got: Tensor, wrong: Mapping[Mistake, Tensor], tolerance: float, smallest: float = 1.0) -> Mistake | None:
    """Return the mistake that would have led to the numbers that came, or None."""
    return diagnose({mistake: [off(got, value, tolerance, smallest)] for mistake, value in wrong.items()})


def misfit(seen: Tensor, expected: Outcome, tolerance: float) -> float:
    """Return how badly a picture fits an outcome: up to 1 it is one of its draws.

    tolerance  the rounding error that a right picture may show; a smaller std is none
    """
    mean, std = expected
    error, sharp = seen - mean, std < tolerance / 2
    if not bool(torch.isfinite(error).all()) or not bool(torch.isfinite(std).all()):
        return float("inf")
    worst = error[sharp].square().mean().sqrt().item() / tolerance if bool(sharp.any()) else 0.0
    z, width = error[~sharp] / std[~sharp], std[~sharp]
    for part in (width <= width.median(), width > width.median()) if len(z) else ():
        if int(part.sum()) > 50:
            allowed = max(0.1, 4.5 / (2 * int(part.sum())) ** 0.5)  # the spread of a sample's standard deviation
            worst = max(worst, abs(z[part].square().mean().sqrt().item() - 1) / allowed)
    return worst


def surprise(seen: Tensor, expected: Outcome, tolerance: float) -> float:
    """Return minus the log-likelihood of a picture under an outcome, up to a constant, in nats.

    Of two outcomes the one with less surprise explains the picture better; 10 nats are odds of 22,000 to 1.
    """
    std = expected.std.clamp(min=tolerance / 2)
    return (std.log() + ((seen - expected.mean) / std).square() / 2).sum().item()
