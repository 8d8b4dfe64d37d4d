"""Views for visual anagrams, used in chapter 07: pairs (view, inverse_view) of functions on pictures.

All of them only move pixels or turn their sign, so noise N(0, I) stays N(0, I) under them.
"""

from collections.abc import Callable

import torch

View = Callable[[torch.Tensor], torch.Tensor]
ViewPair = tuple[View, View]


def upright() -> ViewPair:
    """Return the view that changes nothing."""
    return _same, _same


def flipped() -> ViewPair:
    """Return the flip that turns a picture upside down without turning left and right: its own inverse."""
    return _upside_down, _upside_down


def rotated() -> ViewPair:
    """Return the rotation by 90 degrees counterclockwise, for square pictures (B, C, H, H)."""
    return (lambda x: x.rot90(1, (-2, -1))), (lambda x: x.rot90(-1, (-2, -1)))


def negated() -> ViewPair:
    """Return the negative of a picture in [-1, 1], black for white: its own inverse."""
    return torch.neg, torch.neg


def permuted_patches(patches: int = 4, seed: int = 0) -> ViewPair:
    """Return the view that cuts a picture into patches and lays them in another order.

    patches  in each row and column: 1 changes nothing; must divide H and W
    seed     of the order
    """
    order = torch.randperm(patches**2, generator=torch.Generator().manual_seed(seed))
    return (lambda x: _reordered(x, patches, order)), (lambda x: _reordered(x, patches, order.argsort()))


def inner_circle(share: float = 0.75) -> ViewPair:
    """Return the view that turns a disc in the middle by 90 degrees and leaves the rest, for square pictures.

    share  of the picture's side that the disc's diameter takes, 0 .. 1
    """
    return (lambda x: _turned_disc(x, share, 1)), (lambda x: _turned_disc(x, share, -1))


def _same(x: torch.Tensor) -> torch.Tensor:
    return x


def _upside_down(x: torch.Tensor) -> torch.Tensor:
    return x.flip(-2)


def _reordered(x: torch.Tensor, patches: int, order: torch.Tensor) -> torch.Tensor:
    height, width = x.shape[-2:]
    if height % patches or width % patches:
        raise ValueError(f"{patches} patches do not divide a picture of {height} x {width}; choose a divisor of both.")
    size = (height // patches, width // patches)
    cut = torch.nn.functional.unfold(x, size, stride=size)  # (B, C * patch, patches^2)
    return torch.nn.functional.fold(cut[..., order], (height, width), size, stride=size)


def _turned_disc(x: torch.Tensor, share: float, quarters: int) -> torch.Tensor:
    side = x.shape[-1]
    place = torch.arange(side, device=x.device) - (side - 1) / 2
    inside = (place[:, None] ** 2 + place[None, :] ** 2).sqrt() < share * side / 2
    return torch.where(inside, x.rot90(quarters, (-2, -1)), x)
