"""Faces drawn in code, in the manner of manga: they stand in where no set of faces is at hand.

Every face is put together at random from a head, hair behind and in front, eyes, brows, a mouth and accessories.
Coordinates are shares of the picture's side: x from left to right, y from top to bottom. A face is symmetric about
x = 1/2 before it is tilted.
"""

import colorsys
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

_LARGE = 3  # faces are drawn that many times as large, then averaged down
_INK = (38, 30, 40)
_WHITE = (255, 255, 255)
_SKINS = ((255, 232, 214), (250, 216, 190), (240, 196, 160), (212, 156, 112), (168, 112, 76), (118, 76, 54))
_HAIRS = (
    (36, 30, 38), (74, 50, 40), (126, 82, 50), (196, 140, 70), (236, 206, 120), (176, 66, 48),
    (232, 136, 160), (110, 92, 176), (70, 120, 196), (72, 160, 150), (128, 176, 84), (214, 214, 222),
)  # fmt: skip
_MOODS = ("open", "open", "open", "open", "happy", "calm", "wink")
_IRISES = ((96, 62, 40), (52, 110, 178), (58, 140, 96), (136, 80, 168), (190, 70, 70), (196, 146, 50))

Points = Sequence[tuple[float, float]]


def drawn_faces(count: int, size: int = 64, seed: int = 0) -> np.ndarray:
    """Return faces, uint8 (count, size, size, 3). Face i of a seed is the same for every count.

    Raises ValueError for a count or a size below 1.
    """
    if count < 1 or size < 1:
        raise ValueError(f"count is {count} and size {size}; expected 1 or more of both.")
    return np.stack([np.asarray(_face(np.random.default_rng((seed, place)), size)) for place in range(count)])


def _face(rng: np.random.Generator, size: int) -> Image.Image:
    pen = _Pen(size * _LARGE, background=_pastel(rng))
    hair, skin = _HAIRS[rng.integers(len(_HAIRS))], _SKINS[rng.integers(len(_SKINS))]
    jaw = rng.uniform(0.84, 0.9)
    _one_of(rng, _BACK_HAIR)(pen, hair, rng)
    _body(pen, skin, rng)
    _head(pen, skin, jaw)
    _eyes(pen, rng)
    _one_of(rng, _MOUTHS)(pen, rng.uniform(0.765, 0.785))
    pen.line([(0.495, 0.69), (0.51, 0.7)], _shade(skin, 0.65), 0.012)
    if rng.random() < 0.5:
        for side in (-1, 1):
            pen.ellipse(0.5 + side * 0.17, 0.715, 0.045, 0.022, _mixed(skin, (240, 110, 110), 0.45))
    if rng.random() < 0.22:
        _glasses(pen, rng)
    _one_of(rng, _FRINGES)(pen, hair, rng)
    if rng.random() < 0.5:
        _one_of(rng, _ACCESSORIES)(pen, hair, rng)
    return pen.finished(size, tilt=rng.normal(0, 3))


def _one_of(rng: np.random.Generator, choices: Sequence[Callable]) -> Callable:
    return choices[int(rng.integers(len(choices)))]


class _Pen:
    """Draws filled shapes with an outline, in shares of the side."""

    def __init__(self, side: int, background: tuple[int, ...]):
        self.side, self.background = side, background
        self.image = Image.new("RGB", (side, side), background)
        self.draw = ImageDraw.Draw(self.image)

    def shape(self, points: Points, fill, outline=_INK, width: float = 0.014, smooth: bool = True) -> None:
        """Fill a closed curve through the points, or a polygon with them as corners."""
        corners = _curve(np.asarray(points), closed=True) if smooth else np.asarray(points)
        pixels = [tuple(point) for point in corners * self.side]
        self.draw.polygon(pixels, fill=fill)
        if outline is not None:
            self.draw.line([*pixels, pixels[0]], fill=outline, width=round(width * self.side), joint="curve")

    def line(self, points: Points, colour=_INK, width: float = 0.014) -> None:
        """Draw an open curve through the points."""
        pixels = [tuple(point) for point in _curve(np.asarray(points), closed=False) * self.side]
        self.draw.line(pixels, fill=colour, width=max(1, round(width * self.side)), joint="curve")

    def ellipse(
        self, x: float, y: float, half_width: float, half_height: float, fill, outline=None, width=0.012
    ) -> None:
        """Fill an ellipse around (x, y)."""
        box = np.array([x - half_width, y - half_height, x + half_width, y + half_height]) * self.side
        self.draw.ellipse(tuple(box), fill=fill, outline=outline, width=round(width * self.side))

    def finished(self, size: int, tilt: float) -> Image.Image:
        """Return the picture, turned by some degrees and averaged down."""
        turned = self.image.rotate(tilt, Image.Resampling.BILINEAR, fillcolor=self.background)
        return turned.resize((size, size), Image.Resampling.BOX)


def _curve(points: np.ndarray, closed: bool, pieces: int = 6) -> np.ndarray:
    """Return points on the Catmull-Rom spline through the given ones (Catmull and Rom 1974)."""
    around = np.concatenate([points[-1:], points, points[:2]] if closed else [points[:1], points, points[-1:]])
    a, b, c, d = around[:-3], around[1:-2], around[2:-1], around[3:]
    u = np.linspace(0, 1, pieces, endpoint=False)[:, None, None]
    parts = 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3)
    curve = parts.swapaxes(0, 1).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def _both_sides(points: Points) -> list[tuple[float, float]]:
    """Return the points and, in reverse order, their mirror images."""
    return [*points, *((1 - x, y) for x, y in reversed(points))]


def _shade(colour, factor: float) -> tuple[int, ...]:
    return tuple(min(255, round(value * factor)) for value in colour)


def _mixed(colour, other, share: float) -> tuple[int, ...]:
    return tuple(round(a + share * (b - a)) for a, b in zip(colour, other, strict=True))


def _pastel(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(round(255 * value) for value in colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, 0.3), 1.0))


# The parts. All of them get the pen, a colour and the random source, or what they need of these.


def _body(pen: _Pen, skin, rng: np.random.Generator) -> None:
    clothes = _shade(_HAIRS[rng.integers(len(_HAIRS))], rng.uniform(0.8, 1.1))
    pen.shape(_both_sides([(0.5, 0.93), (0.36, 0.93), (0.16, 1.0), (0.08, 1.2)]), clothes)
    pen.shape([(0.43, 0.8), (0.57, 0.8), (0.58, 0.96), (0.5, 1.02), (0.42, 0.96)], _shade(skin, 0.88))


def _head(pen: _Pen, skin, jaw: float) -> None:
    for side in (-1, 1):
        pen.ellipse(0.5 + side * 0.275, 0.6, 0.045, 0.07, skin, _INK)
    pen.shape(
        _both_sides([(0.5, jaw), (0.41, jaw - 0.045), (0.3, 0.74), (0.25, 0.58), (0.27, 0.38), (0.38, 0.25)]), skin
    )


def _eyes(pen: _Pen, rng: np.random.Generator) -> None:
    iris, apart, wide, tall = (
        _IRISES[rng.integers(len(_IRISES))],
        *rng.uniform([0.125, 0.062, 0.065], [0.15, 0.08, 0.1]),
    )
    brow, slant = rng.uniform(0.425, 0.465), rng.uniform(-0.025, 0.025)
    mood = rng.choice(_MOODS)
    for side in (-1, 1):
        x, y = 0.5 + side * apart, 0.6
        pen.line(
            [(x - side * wide, brow + slant), (x + side * 0.01, brow - 0.015), (x + side * wide, brow - slant)],
            width=0.016,
        )
        if mood == "happy" or (mood == "wink" and side > 0):
            pen.line([(x - wide, y + 0.015), (x, y - 0.03), (x + wide, y + 0.015)], width=0.022)
            continue
        open_to = tall * (0.55 if mood == "calm" else 1)
        pen.ellipse(x, y, wide, open_to, _WHITE)
        pen.ellipse(x, y + 0.004, wide * 0.72, open_to * 0.92, iris)
        pen.ellipse(x, y - 0.012, wide * 0.42, open_to * 0.5, _shade(iris, 0.35))
        pen.ellipse(x - 0.02, y - open_to * 0.4, 0.018, 0.02, _WHITE)
        pen.ellipse(x + 0.022, y + open_to * 0.4, 0.009, 0.011, _WHITE)
        lid = y - open_to
        pen.line([(x - wide - 0.01, y - open_to * 0.3), (x, lid), (x + wide + 0.01, y - open_to * 0.3)], width=0.026)
        pen.line([(x - wide * 0.5, y + open_to), (x + wide * 0.5, y + open_to)], width=0.01)


def _smile(pen: _Pen, y: float) -> None:
    pen.line([(0.43, y - 0.012), (0.5, y + 0.014), (0.57, y - 0.012)], width=0.016)


def _laugh(pen: _Pen, y: float) -> None:
    lips = [
        (0.42, y - 0.02),
        (0.5, y - 0.012),
        (0.58, y - 0.02),
        (0.55, y + 0.035),
        (0.5, y + 0.052),
        (0.45, y + 0.035),
    ]
    pen.shape(lips, (176, 60, 66))
    pen.ellipse(0.5, y + 0.032, 0.035, 0.014, (240, 130, 130))


def _surprise(pen: _Pen, y: float) -> None:
    pen.ellipse(0.5, y + 0.005, 0.026, 0.032, (176, 60, 66), _INK)


def _frown(pen: _Pen, y: float) -> None:
    pen.line([(0.44, y + 0.014), (0.5, y - 0.01), (0.56, y + 0.014)], width=0.016)


def _flat(pen: _Pen, y: float) -> None:
    pen.line([(0.45, y), (0.55, y)], width=0.016)


def _cat(pen: _Pen, y: float) -> None:
    pen.line(
        [(0.43, y - 0.008), (0.465, y + 0.012), (0.5, y - 0.006), (0.535, y + 0.012), (0.57, y - 0.008)], width=0.014
    )


_MOUTHS = (_smile, _smile, _laugh, _surprise, _frown, _flat, _cat)


def _short_back(pen: _Pen, hair, rng: np.random.Generator) -> None:
    pen.shape(
        _both_sides([(0.5, 0.1), (0.32, 0.13), (0.19, 0.28), (0.17, 0.48), (0.22, 0.64), (0.3, 0.66)]),
        _shade(hair, 0.8),
    )


def _bob_back(pen: _Pen, hair, rng: np.random.Generator) -> None:
    low = rng.uniform(0.76, 0.86)
    pen.shape(
        _both_sides([(0.5, 0.09), (0.3, 0.13), (0.16, 0.32), (0.13, 0.6), (0.17, low), (0.34, low + 0.02)]),
        _shade(hair, 0.8),
    )


def _long_back(pen: _Pen, hair, rng: np.random.Generator) -> None:
    wide = rng.uniform(0.04, 0.13)
    pen.shape(
        _both_sides([(0.5, 0.09), (0.3, 0.13), (0.17, 0.32), (wide + 0.04, 0.7), (wide, 1.05), (0.3, 1.15)]),
        _shade(hair, 0.8),
    )


def _twin_tails(pen: _Pen, hair, rng: np.random.Generator) -> None:
    low = rng.uniform(0.75, 0.98)
    for side in (-1, 1):
        tail = [(0.27, 0.3), (0.12, 0.27), (0.03, 0.45), (0.05, 0.7), (0.1, low), (0.17, 0.72), (0.22, 0.5)]
        pen.shape([(x if side < 0 else 1 - x, y) for x, y in tail], _shade(hair, 0.9))
    _short_back(pen, hair, rng)


def _spiky_back(pen: _Pen, hair, rng: np.random.Generator) -> None:
    angles = np.linspace(-0.72, 0.72, 15) * np.pi
    corners = []
    for place, angle in enumerate(angles):
        radius = 0.31 + (0.085 if place % 2 else 0.0) + rng.uniform(-0.015, 0.015)
        corners.append((0.5 + radius * np.sin(angle), 0.44 - radius * np.cos(angle)))
    pen.shape(corners, _shade(hair, 0.85), smooth=False)


def _bun(pen: _Pen, hair, rng: np.random.Generator) -> None:
    buns = [(0.5, 0.09)] if rng.random() < 0.5 else [(0.27, 0.16), (0.73, 0.16)]
    for x, y in buns:
        pen.ellipse(x, y, 0.1, 0.09, _shade(hair, 0.9), _INK)
    _short_back(pen, hair, rng)


_BACK_HAIR = (_short_back, _short_back, _bob_back, _bob_back, _long_back, _long_back, _twin_tails, _spiky_back, _bun)


def _cap(ends: Points) -> list[tuple[float, float]]:
    """Return the outline of hair over the forehead, whose lower edge runs through `ends` from right to left."""
    return [(0.2, 0.56), (0.19, 0.36), (0.3, 0.17), (0.5, 0.11), (0.7, 0.17), (0.81, 0.36), (0.8, 0.56), *ends]


def _spikes(edges: Sequence[float], low: float, high: float) -> list[tuple[float, float]]:
    """Return a jagged lower edge: a tip between each two of the edges, which lie high."""
    points = []
    for left, right in zip(edges[:-1], edges[1:], strict=True):
        points += [(left, high), ((left + right) / 2 + 0.015, low)]
    return points


def _jagged(pen: _Pen, hair, rng: np.random.Generator) -> None:
    count = rng.integers(4, 7)
    edges = np.linspace(0.76, 0.24, count + 1) + np.r_[0, rng.uniform(-0.02, 0.02, count - 1), 0]
    pen.shape(_cap(_spikes(list(edges), rng.uniform(0.46, 0.54), rng.uniform(0.33, 0.38))), hair, smooth=False)
    _shine(pen, hair)


def _straight(pen: _Pen, hair, rng: np.random.Generator) -> None:
    low = rng.uniform(0.4, 0.47)
    pen.shape(
        _cap(
            [
                (0.76, 0.55),
                (0.74, low),
                (0.62, low + 0.015),
                (0.5, low + 0.02),
                (0.38, low + 0.015),
                (0.26, low),
                (0.24, 0.55),
            ]
        ),
        hair,
    )
    _shine(pen, hair)


def _parted(pen: _Pen, hair, rng: np.random.Generator) -> None:
    part = rng.uniform(0.38, 0.62)
    pen.shape(
        _cap(
            [
                (0.76, 0.56),
                (0.73, 0.45),
                ((part + 0.75) / 2, 0.36),
                (part, 0.24),
                ((part + 0.25) / 2, 0.36),
                (0.27, 0.45),
                (0.24, 0.56),
            ]
        ),
        hair,
    )
    pen.line([(part, 0.24), (part + 0.005, 0.13)], _shade(hair, 0.6), 0.01)


def _swept(pen: _Pen, hair, rng: np.random.Generator) -> None:
    ends = [(0.77, 0.58), (0.72, 0.5), (0.62, 0.46), (0.46, 0.4), (0.34, 0.31), (0.27, 0.42), (0.24, 0.56)]
    flip = rng.random() < 0.5
    points = _cap(ends)
    pen.shape([(1 - x, y) for x, y in points] if flip else points, hair)
    _shine(pen, hair)


def _locks(pen: _Pen, hair, rng: np.random.Generator) -> None:
    for side in (-1, 1):
        lock = [(0.25, 0.3), (0.2, 0.45), (0.2, 0.7), (0.24, rng.uniform(0.78, 0.9)), (0.28, 0.7), (0.29, 0.5)]
        pen.shape([(x if side < 0 else 1 - x, y) for x, y in lock], hair)
    _jagged(pen, hair, rng)


_FRINGES = (_jagged, _jagged, _straight, _parted, _swept, _locks)


def _shine(pen: _Pen, hair) -> None:
    pen.line(
        [(0.32, 0.28), (0.42, 0.235), (0.5, 0.225), (0.58, 0.235), (0.64, 0.26)], _mixed(hair, _WHITE, 0.35), 0.022
    )


def _glasses(pen: _Pen, rng: np.random.Generator) -> None:
    half_height = rng.uniform(0.06, 0.085)
    for x in (0.36, 0.64):
        box = np.array([x - 0.105, 0.605 - half_height, x + 0.105, 0.605 + half_height]) * pen.side
        pen.draw.rounded_rectangle(tuple(box), radius=pen.side * 0.05, outline=_INK, width=round(0.016 * pen.side))
    pen.line([(0.46, 0.59), (0.5, 0.58), (0.54, 0.59)], width=0.016)


def _bow(pen: _Pen, hair, rng: np.random.Generator) -> None:
    colour, x = _vivid(rng), rng.choice([0.27, 0.5, 0.73])
    for side in (-1, 1):
        pen.shape([(x, 0.15), (x + side * 0.14, 0.07), (x + side * 0.14, 0.22)], colour, smooth=False)
    pen.ellipse(x, 0.15, 0.03, 0.03, _shade(colour, 0.85), _INK)


def _band(pen: _Pen, hair, rng: np.random.Generator) -> None:
    pen.line([(0.2, 0.34), (0.33, 0.2), (0.5, 0.165), (0.67, 0.2), (0.8, 0.34)], _vivid(rng), 0.05)


def _cat_ears(pen: _Pen, hair, rng: np.random.Generator) -> None:
    for side in (-1, 1):
        pen.shape([(0.5 + side * x, y) for x, y in ((0.12, 0.17), (0.26, 0.0), (0.31, 0.28))], hair, smooth=False)
        pen.shape(
            [(0.5 + side * x, y) for x, y in ((0.18, 0.16), (0.25, 0.07), (0.28, 0.21))],
            (245, 170, 180),
            None,
            smooth=False,
        )


def _flower(pen: _Pen, hair, rng: np.random.Generator) -> None:
    colour, x = _vivid(rng), rng.choice([0.24, 0.76])
    for angle in np.arange(5) * 2 * np.pi / 5:
        pen.ellipse(x + 0.05 * np.sin(angle), 0.3 - 0.05 * np.cos(angle), 0.036, 0.036, colour, _INK, 0.008)
    pen.ellipse(x, 0.3, 0.026, 0.026, (250, 214, 90))


def _pins(pen: _Pen, hair, rng: np.random.Generator) -> None:
    colour, side = _vivid(rng), rng.choice([-1, 1])
    for y in (0.33, 0.39):
        pen.line([(0.5 + side * 0.26, y), (0.5 + side * 0.16, y - 0.03)], colour, 0.026)


_ACCESSORIES = (_bow, _band, _cat_ears, _flower, _pins)


def _vivid(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(round(255 * value) for value in colorsys.hsv_to_rgb(rng.random(), 0.7, 0.92))
