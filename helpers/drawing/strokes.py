"""Strokes of a brush: as text, as pixels, as a mask. The notebook's canvas and drawings made in code share them."""

import json
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw

MOST_STROKES, MOST_POINTS = 2_000, 200_000
WIDEST = 4.0  # covers the sheet from its middle: this is how the canvas fills it
_FINE = 512  # drawn about this large, then averaged down: the edges of strokes come out soft
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Stroke(NamedTuple):
    """One line drawn without lifting the brush, with round ends.

    colour  "#rrggbb"
    width   of the brush, in parts of the sheet's side
    points  (x, y) from 0 to 1, y pointing down; a little outside is allowed
    """

    colour: str
    width: float
    points: tuple[tuple[float, float], ...]


def read_strokes(text: str) -> list[Stroke]:
    """Read the strokes that the canvas sends: JSON with one entry `strokes`.

    Raises ValueError for text of another form, and for more than MOST_STROKES strokes or MOST_POINTS points.
    """
    try:
        strokes = [
            Stroke(str(entry["colour"]), float(entry["width"]), tuple((float(x), float(y)) for x, y in entry["points"]))
            for entry in json.loads(text)["strokes"]
        ]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"The canvas sent {text[:60]!r}, which is no list of strokes. Run its cell again.") from error
    for stroke in strokes:
        _require_drawable(stroke)
    points = sum(len(stroke.points) for stroke in strokes)
    if len(strokes) > MOST_STROKES or points > MOST_POINTS:
        raise ValueError(
            f"The drawing has {len(strokes)} strokes with {points} points; expected at most {MOST_STROKES} with "
            f"{MOST_POINTS}. Clear the canvas and draw with a wider brush."
        )
    return strokes


def _require_drawable(stroke: Stroke) -> None:
    numbers = [stroke.width, *(value for point in stroke.points for value in point)]
    inside = all(math.isfinite(value) and abs(value) <= WIDEST for value in numbers)
    if not (_COLOUR.fullmatch(stroke.colour) and stroke.points and inside and stroke.width > 0):
        raise ValueError(
            f"A stroke has colour {stroke.colour!r}, width {stroke.width} and {len(stroke.points)} points; expected "
            f"#rrggbb, a width up to {WIDEST} and at least one point on the sheet. Run the canvas's cell again."
        )


def painted(strokes: Sequence[Stroke], size: int, sheet: torch.Tensor | None = None) -> torch.Tensor:
    """Return strokes on a sheet as (1, 3, size, size) float32 in [-1, 1].

    strokes  in the order in which they were drawn
    size     pixels, 1 or more
    sheet    (1, 3, size, size) in [-1, 1], what was there before; white where it is not given
    """
    layer = torch.from_numpy(np.array(_layer(strokes, size))).permute(2, 0, 1).float().unsqueeze(0) / 255
    sheet = torch.ones((1, 3, size, size)) if sheet is None else sheet
    return layer[:, 3:] * (2 * layer[:, :3] - 1) + (1 - layer[:, 3:]) * sheet


def covered(strokes: Sequence[Stroke], size: int) -> torch.Tensor:
    """Return where the brush went as a mask (1, 1, size, size): 1 = painted, 0 = left as it was."""
    alpha = torch.from_numpy(np.array(_layer(strokes, size).getchannel("A"))).float() / 255
    return (alpha > 0.5).float().reshape(1, 1, size, size)


def _layer(strokes: Sequence[Stroke], size: int) -> Image.Image:
    """Return the strokes alone, transparent where no brush went."""
    pixels = size * max(1, round(_FINE / size))
    layer = Image.new("RGBA", (pixels, pixels), (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for stroke in strokes:
        placed = [(x * pixels, y * pixels) for x, y in stroke.points]
        width = max(1.0, stroke.width * pixels)
        pen.line(placed, fill=stroke.colour, width=round(width))
        for x, y in placed:  # round ends and joints
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=stroke.colour)
    return layer.resize((size, size), Image.Resampling.BOX)
