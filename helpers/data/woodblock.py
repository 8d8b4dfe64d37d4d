"""A sheet to print on in colours, for pictures in the manner of woodblock prints: flat shapes, washes, ink lines.

Coordinates are shares of the sheet's side: x from left to right, y from top to bottom.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]] | np.ndarray
Stops = Sequence[tuple[float, Colour]]  # (y, colour) from top to bottom; between them the colours run into each other

_LARGE = 3  # sheets are printed that many times as large, then averaged down
INK: Colour = (38, 42, 58)
PAPER: Colour = (240, 226, 198)
SNOW: Colour = (247, 243, 233)
RED: Colour = (190, 58, 48)
BLUE: Colour = (58, 112, 164)
EARTH: Colour = (156, 116, 84)


class Sheet:
    """A square sheet of paper.

    side  pixels of the finished picture
    """

    def __init__(self, side: int):
        self.finished_side, self.side = side, side * _LARGE
        self.image = Image.new("RGB", (self.side, self.side), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def sky(self, stops: Stops) -> None:
        """Cover the sheet with a wash."""
        self.image.paste(self._ramp(stops))

    def wash(self, points: Points, stops: Stops, outline: Colour | None = None, width: float = 0.007) -> None:
        """Fill a polygon with colours that run into each other from top to bottom (bokashi)."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self._pixels(points), fill=255)
        self.image.paste(self._ramp(stops), mask=mask)
        if outline is not None:
            self.line([*points, points[0]], outline, width)

    def shape(self, points: Points, colour: Colour, outline: Colour | None = None, width: float = 0.007) -> None:
        """Fill a polygon with one colour."""
        self.draw.polygon(self._pixels(points), fill=colour)
        if outline is not None:
            self.line([*points, points[0]], outline, width)

    def line(self, points: Points, colour: Colour = INK, width: float = 0.007) -> None:
        """Draw a line through the points."""
        self.draw.line(self._pixels(points), fill=colour, width=max(1, round(width * self.side)), joint="curve")

    def ellipse(self, x: float, y: float, half_width: float, half_height: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        box = np.array([x - half_width, y - half_height, x + half_width, y + half_height]) * self.side
        self.draw.ellipse(tuple(box), fill=colour)

    def finished(self, rng: np.random.Generator) -> np.ndarray:
        """Return the picture, uint8 (side, side, 3), with the grain of the block and of the paper."""
        small = self.image.resize((self.finished_side, self.finished_side), Image.Resampling.BOX)
        rows = np.cumsum(rng.normal(0, 0.35, (self.finished_side, 1, 1)), axis=0)
        grain = rows - rows.mean() + rng.normal(0, 1.6, (self.finished_side, self.finished_side, 1))
        return np.clip(np.asarray(small) * (1 + np.clip(grain, -8, 8) / 255), 0, 255).round().astype(np.uint8)

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        return [tuple(point) for point in np.asarray(points, dtype=float) * self.side]

    def _ramp(self, stops: Stops) -> Image.Image:
        places, colours = zip(*stops, strict=True)
        heights = (np.arange(self.side) + 0.5) / self.side
        column = np.stack([np.interp(heights, places, channel) for channel in zip(*colours, strict=True)], axis=1)
        return Image.fromarray(column.round().astype(np.uint8)[:, None]).resize(self.image.size)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two: `share` 0 gives the one, 1 the other."""
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def bezier(start, pull, end, pieces: int = 16) -> np.ndarray:
    """Return (pieces, 2) points of a quadratic curve from start to end that is drawn towards `pull`."""
    u = np.linspace(0, 1, pieces)[:, None]
    start, pull, end = (np.asarray(point, dtype=float) for point in (start, pull, end))
    return (1 - u) ** 2 * start + 2 * u * (1 - u) * pull + u**2 * end


def ridge(rng: np.random.Generator, height: float, roughness: float, pieces: int = 48) -> np.ndarray:
    """Return (pieces, 2) points of a random skyline around y = height, from the left edge to the right one."""
    x = np.linspace(-0.02, 1.02, pieces)
    waves = sum(
        rng.uniform(0.4, 1) / order * np.sin(2 * np.pi * (order * rng.uniform(0.7, 1.1) * x + rng.random()))
        for order in (1, 2, 4, 9)
    )
    return np.stack([x, height - roughness * waves], axis=1)


def down_to(line: np.ndarray, bottom: float) -> np.ndarray:
    """Return the polygon between a line from left to right and the height y = bottom."""
    return np.concatenate([line, [[line[-1, 0], bottom], [line[0, 0], bottom]]])
