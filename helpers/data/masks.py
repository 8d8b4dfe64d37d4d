"""Masks of an edit: 1 where new content goes, 0 where the picture is kept. (RePaint's own masks are the other way.)

Places are given in parts of the picture, from 0 (left, top) to 1 (right, bottom), so a mask fits any picture size.
"""

import math

import torch


def box_mask(size: int, left: float, top: float, right: float, bottom: float) -> torch.Tensor:
    """Return a mask (1, 1, size, size) that is 1 inside a box and 0 outside.

    size         pixels of the picture's side, 1 or more
    left, right  0 .. 1 in parts of the width, left < right
    top, bottom  0 .. 1 in parts of the height, top < bottom

    Raises ValueError for a box that is inside out, leaves the picture or holds no pixel's centre.
    """
    x, y = _centres(size, left, top, right, bottom)
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    return _as_mask(inside, left, top, right, bottom)


def ellipse_mask(size: int, left: float, top: float, right: float, bottom: float) -> torch.Tensor:
    """Return a mask (1, 1, size, size) that is 1 inside the ellipse that fills a box; arguments as `box_mask`."""
    x, y = _centres(size, left, top, right, bottom)
    across = (2 * x - left - right) / (right - left)  # -1 .. 1 inside the box
    down = (2 * y - top - bottom) / (bottom - top)
    return _as_mask(across.square() + down.square() <= 1, left, top, right, bottom)


def _centres(size: int, left: float, top: float, right: float, bottom: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return x (1, size) and y (size, 1) of the pixels' centres, after a look at the box."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"size is {size!r}; expected a whole number of pixels, 1 or more.")
    box = {"left": left, "top": top, "right": right, "bottom": bottom}
    for name, value in box.items():
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise ValueError(f"{name} is {value}; expected a part of the picture, 0 to 1 (0.5 is its middle).")
    if not (left < right and top < bottom):
        said = ", ".join(f"{name} {value}" for name, value in box.items())
        raise ValueError(f"the box is inside out: {said}; expected left < right and top < bottom.")
    centres = (torch.arange(size) + 0.5) / size
    return centres[None, :], centres[:, None]


def _as_mask(inside: torch.Tensor, *box: float) -> torch.Tensor:
    if not bool(inside.any()):
        raise ValueError(f"the box {box} holds no pixel of {len(inside)}; make it larger than a pixel.")
    return inside.float()[None, None]
