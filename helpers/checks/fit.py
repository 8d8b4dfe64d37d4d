"""How well a picture fits what a rule of the step expects of it: a Gaussian for every pixel."""

import torch

from helpers.checks.steps import Outcome


def misfit(x_next: torch.Tensor, expected: Outcome, tolerance: float) -> float:
    """Return how badly a picture fits an outcome: up to 1 it is one of its draws.

    tolerance  the rounding error that a right picture may show; a smaller std is none
    """
    mean, std = expected
    off, sharp = x_next - mean, std < tolerance / 2
    if not bool(torch.isfinite(off).all()) or not bool(torch.isfinite(std).all()):
        return float("inf")
    worst = off[sharp].square().mean().sqrt().item() / tolerance if bool(sharp.any()) else 0.0
    z, width = off[~sharp] / std[~sharp], std[~sharp]
    for part in (width <= width.median(), width > width.median()) if len(z) else ():
        if int(part.sum()) > 50:
            allowed = max(0.1, 4.5 / (2 * int(part.sum())) ** 0.5)  # the spread of a sample's standard deviation
            worst = max(worst, abs(z[part].square().mean().sqrt().item() - 1) / allowed)
    return worst


def surprise(x_next: torch.Tensor, expected: Outcome, tolerance: float) -> float:
    """Return minus the log-likelihood of a picture under an outcome, up to a constant, in nats.

    Of two outcomes the one with less surprise explains the picture better; 10 nats are odds of 22,000 to 1.
    """
    std = expected.std.clamp(min=tolerance / 2)
    return (std.log() + ((x_next - expected.mean) / std).square() / 2).sum().item()
