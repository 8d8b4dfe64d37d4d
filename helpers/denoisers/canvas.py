"""A sheet to draw small pictures on, in coordinates from 0 to 1 with y pointing down."""

import math

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

PIXELS = 256  # drawn this large, then averaged down to the size asked for


class Canvas:
    """A square picture whose forms are placed relative to a movable centre.

    background  colour of the sheet
    shift       (dx, dy), added to every form that is not drawn as scenery
    """

    def __init__(self, background: Colour, shift: Point = (0.0, 0.0)):
        self.image = Image.new("RGB", (PIXELS, PIXELS), background)
        self.pen = ImageDraw.Draw(self.image)
        self.shift = shift

    def scenery(self, points: list[Point], colour: Colour) -> None:
        """Fill a polygon that stays where it is, whatever the shift."""
        self.pen.polygon([(x * PIXELS, y * PIXELS) for x, y in points], fill=colour)

    def sky(self, top: Colour, bottom: Colour) -> None:
        """Fill the sheet with a gradient from the top colour to the bottom one."""
        for row in range(PIXELS):
            part = row / (PIXELS - 1)
            colour = tuple(round((1 - part) * a + part * b) for a, b in zip(top, bottom, strict=True))
            self.pen.line([(0, row), (PIXELS, row)], fill=colour)

    def ground(self, y: float, colour: Colour) -> None:
        """Fill everything below y."""
        self.scenery([(0, y), (1, y), (1, 1), (0, 1)], colour)

    def polygon(self, points: list[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self.pen.polygon([self._place(point) for point in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill an upright rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def oval(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        corners = self._place((x - width / 2, y - height / 2)), self._place((x + width / 2, y + height / 2))
        self.pen.ellipse([*corners[0], *corners[1]], fill=colour)

    def arch(self, x: float, bottom: float, width: float, height: float, colour: Colour) -> None:
        """Fill the upper half of an ellipse that stands on `bottom`: a dome, a shoulder, a hill."""
        corners = self._place((x - width / 2, bottom - height)), self._place((x + width / 2, bottom + height))
        self.pen.pieslice([*corners[0], *corners[1]], 180, 360, fill=colour)

    def line(self, points: list[Point], width: float, colour: Colour) -> None:
        """Draw a line of the given width with round ends."""
        placed = [self._place(point) for point in points]
        self.pen.line(placed, fill=colour, width=round(width * PIXELS), joint="curve")
        radius = width * PIXELS / 2
        for x, y in (placed[0], placed[-1]):
            self.pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)

    def pixels(self, size: int) -> np.ndarray:
        """Return the picture as (size, size, 3) uint8, each pixel the mean of what lies under it."""
        return np.asarray(self.image.resize((size, size), Image.Resampling.BOX))

    def _place(self, point: Point) -> Point:
        return (point[0] + self.shift[0]) * PIXELS, (point[1] + self.shift[1]) * PIXELS


def around(x: float, y: float, radii: list[float], turn: float = -math.pi / 2) -> list[Point]:
    """Return points at the given distances from (x, y) in equal angles, the first one above: stars and polygons."""
    angles = [turn + 2 * math.pi * k / len(radii) for k in range(len(radii))]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
