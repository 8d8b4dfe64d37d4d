"""What the drawn prints show: mountains far away, water, hills and a breaker before them."""

from typing import NamedTuple

import numpy as np

from helpers.data.woodblock import (
    BLUE,
    EARTH,
    INK,
    PAPER,
    RED,
    SNOW,
    Colour,
    Sheet,
    Stops,
    bezier,
    down_to,
    mixed,
    ridge,
)


class Mood(NamedTuple):
    """The colours of an hour or a season.

    sky        washes from top to bottom
    far, land  of mountains and of what lies nearer
    water      at the horizon and in front
    leaves     of the trees
    disc       of sun or moon
    weather    "", "rain" or "snow"
    """

    sky: Stops
    far: Colour
    land: Colour
    water: tuple[Colour, Colour]
    leaves: Colour
    disc: Colour
    weather: str = ""


# What lies far away.


def _cone(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """A volcano with hollow sides and snow on its top, as Hokusai drew Mount Fuji."""
    x, half = rng.uniform(0.25, 0.75), rng.uniform(0.28, 0.6)
    top, flat = horizon - half * rng.uniform(0.55, 0.75), half * 0.07
    sides = [
        bezier((x - half, horizon), (x - half * 0.35, horizon - (horizon - top) * 0.28), (x - flat, top)),
        bezier((x + flat, top), (x + half * 0.35, horizon - (horizon - top) * 0.28), (x + half, horizon)),
    ]
    outline = np.concatenate(sides)
    body = RED if rng.random() < 0.25 and mood.weather == "" else mood.far
    sheet.wash(outline, [(top, mixed(body, INK, 0.25)), (horizon, mixed(body, mood.sky[-1][1], 0.75))], INK, 0.005)
    left, right = sides[0][11:], sides[1][:5]
    low = left[0, 1]
    teeth = np.linspace(right[-1, 0], left[0, 0], 11)[1:-1]
    jags = [(tooth, low + (0.05 if place % 2 else -0.035) * half) for place, tooth in enumerate(teeth)]
    sheet.shape([*left, *right, *jags], SNOW)


def _ranges(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """Two or three mountain ranges, each paler at its foot, where mist lies."""
    layers = int(rng.integers(2, 4))
    for layer in range(layers):
        nearness = layer / layers
        line = ridge(rng, horizon - 0.15 + 0.12 * nearness, rng.uniform(0.04, 0.1) * (1 - 0.5 * nearness))
        colour = mixed(mood.far, mood.sky[-1][1], 0.45 * (1 - nearness))
        stops = [(line[:, 1].min(), mixed(colour, INK, 0.2)), (horizon, mixed(colour, PAPER, 0.75))]
        sheet.wash(down_to(line, horizon), stops)
        sheet.line(line, mixed(colour, INK, 0.5), 0.005)


def _peaks(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """Steep rocks with one lit side."""
    for x in rng.permutation(np.linspace(0.08, 0.92, 5)):
        half, tall = rng.uniform(0.1, 0.2), rng.uniform(0.08, 0.26)
        tip = (x + rng.uniform(-0.04, 0.04), horizon - tall)
        foot = [(x - half, horizon), (x - half * 0.5, horizon - tall * 0.62)]
        back = [(x + half * 0.45, horizon - tall * 0.7), (x + half, horizon)]
        colour = mixed(mood.far, mood.land, rng.random())
        stops = [(tip[1], mixed(colour, INK, 0.3)), (horizon, mixed(colour, PAPER, 0.5))]
        sheet.wash([*foot, tip, *back], stops, INK, 0.005)
        lit = mixed(colour, PAPER, 0.55)
        sheet.shape([tip, back[0], (x + half * 0.2, horizon - tall * 0.4), (x + half * 0.1, horizon - tall * 0.7)], lit)


DISTANCES = (_cone, _cone, _ranges, _ranges, _peaks)


def mist(sheet: Sheet, colour: Colour, horizon: float, rng: np.random.Generator) -> None:
    """Bands with round ends, which in a print hide what need not be shown."""
    for _ in range(rng.integers(1, 4)):
        y, x, half = horizon - rng.uniform(0.0, 0.22), rng.uniform(-0.1, 1.1), rng.uniform(0.2, 0.5)
        for step in range(2):
            shift, thick = 0.12 * step * rng.choice([-1, 1]), 0.014
            y_step = y + step * 2 * thick
            corners = [(x + shift + side * half, y_step + rise * thick) for side, rise in _CORNERS]
            sheet.shape(corners, colour)
            for side in (-1, 1):
                sheet.ellipse(x + shift + side * half, y_step, thick, thick, colour)


_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))

# What the picture is of.


def _sea(sheet: Sheet, mood: Mood, horizon: float, far_end: float = 0.0) -> None:
    far, near = mood.water
    middle = horizon + 0.4 * (1 - horizon)
    stops = [(horizon, mixed(near, far, far_end)), (horizon + 0.05, far), (middle, mixed(far, near, 0.5)), (1, near)]
    sheet.wash([(0, horizon), (1, horizon), (1, 1), (0, 1)], stops)


def _ripples(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    for _ in range(26):
        depth = rng.random() ** 0.8
        y, half = horizon + 0.03 + depth * (0.95 - horizon), 0.02 + 0.05 * depth
        x = rng.random()
        arc = bezier((x - half, y), (x, y + 0.018 * (0.4 + depth)), (x + half, y), 6)
        sheet.line(arc, mixed(*mood.water, 0.9 if rng.random() < 0.5 else 0.1), 0.004)


def _bay(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """Calm water with sails, land from one side."""
    _sea(sheet, mood, horizon, rng.choice([0.1, 0.9]))
    _ripples(sheet, mood, horizon, rng)
    for _ in range(rng.integers(0, 3)):
        _island(sheet, mood, horizon + rng.uniform(0.02, 0.2), rng)
    for depth in np.sort(rng.random(rng.integers(1, 5))):
        _sail(sheet, rng.uniform(0.1, 0.9), horizon + 0.03 + depth * 0.3, 0.035 + 0.09 * depth, rng)
    if rng.random() < 0.6:
        _shore(sheet, mood, rng)


def _island(sheet: Sheet, mood: Mood, y: float, rng: np.random.Generator) -> None:
    x, half = rng.uniform(0, 1), rng.uniform(0.12, 0.3)
    back = bezier((x - half, y), (x + rng.uniform(-0.5, 0.5) * half, y - rng.uniform(0.04, 0.12)), (x + half, y))
    sheet.wash(back, [(y - 0.06, mood.land), (y, mixed(mood.land, PAPER, 0.4))], INK, 0.005)
    for along in rng.uniform(0.25, 0.75, 5):
        top = back[int(along * 15)]
        sheet.ellipse(top[0], top[1], 0.02, 0.018, mixed(mood.leaves, INK, 0.3))


def _sail(sheet: Sheet, x: float, y: float, tall: float, rng: np.random.Generator) -> None:
    lean = rng.choice([-1, 1]) * 0.15 * tall
    hull = [(x - tall * 0.55, y - tall * 0.12), (x + tall * 0.6, y - tall * 0.14), (x + tall * 0.35, y + tall * 0.1)]
    sheet.shape([*hull, (x - tall * 0.35, y + tall * 0.1)], EARTH, INK, 0.005)
    sheet.shape(
        [(x - tall * 0.32, y - tall * 0.15), (x - tall * 0.28 + lean, y - tall), (x + tall * 0.3 + lean, y - tall),
         (x + tall * 0.36, y - tall * 0.15)], SNOW, INK, 0.004,
    )  # fmt: skip


def _shore(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    line = bezier((-0.02, rng.uniform(0.72, 0.9)), (rng.uniform(0.2, 0.6), 0.84), (1.02, rng.uniform(0.85, 1.0)), 24)
    line[:, 1] += 0.008 * np.sin(np.linspace(0, 25, 24))
    line = line if rng.random() < 0.5 else np.stack([1 - line[::-1, 0], line[::-1, 1]], axis=1)
    sheet.wash(down_to(line, 1.05), [(0.72, mixed(mood.land, PAPER, 0.35)), (1, mixed(mood.land, INK, 0.35))], INK)


def _hills(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """Hills one behind the other with rows of trees, perhaps a river."""
    sheet.wash([(0, horizon), (1, horizon), (1, 1), (0, 1)], [(horizon, mixed(mood.land, PAPER, 0.7)), (1, mood.land)])
    for nearness in (0.0, 0.35, 0.7):
        line = ridge(rng, horizon + 0.05 + 0.4 * nearness, 0.03 + 0.03 * nearness)
        colour = mixed(mixed(mood.land, mood.far, 0.5 * (1 - nearness)), PAPER, rng.uniform(0, 0.3))
        top = line[:, 1].min()
        sheet.wash(down_to(line, 1.05), [(top, mixed(colour, INK, 0.25)), (top + 0.3, mixed(colour, PAPER, 0.5))])
        sheet.line(line, mixed(colour, INK, 0.55), 0.005)
        for x, y in line[rng.integers(3, 45, 5)]:
            _tuft(sheet, mood, x, y, 0.018 + 0.035 * nearness, rng)
    if rng.random() < 0.6:
        _river(sheet, mood, horizon, rng)


def _tuft(sheet: Sheet, mood: Mood, x: float, y: float, radius: float, rng: np.random.Generator) -> None:
    """A far tree: a trunk and a crown in two tones."""
    sheet.line([(x, y + radius * 0.8), (x, y - radius)], INK, radius * 0.25)
    for tone, lift in ((0.4, 1.0), (0.05, 1.35)):
        sheet.ellipse(x, y - radius * lift, radius * 1.1, radius * 0.75, mixed(mood.leaves, INK, tone))


def _river(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """Water that winds towards us, with a bridge over it."""
    turn, end = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
    middle = np.concatenate(
        [bezier((end, horizon + 0.06), (turn, horizon + 0.12), (0.5, 0.76)),
         bezier((0.5, 0.76), (1 - turn, 0.88), (end, 1.05))]
    )  # fmt: skip
    half = (0.008 + 0.2 * ((middle[:, 1] - horizon) / (1 - horizon)) ** 1.5)[:, None] * [[1.0, 0.0]]
    banks = np.concatenate([middle - half, (middle + half)[::-1]])
    sheet.wash(banks, [(horizon, mood.water[0]), (0.8, mixed(*mood.water, 0.5)), (1, mood.water[1])], INK, 0.005)
    if rng.random() < 0.6:
        _bridge(sheet, rng)


def _bridge(sheet: Sheet, rng: np.random.Generator) -> None:
    y, colour = rng.uniform(0.7, 0.8), RED if rng.random() < 0.5 else EARTH
    deck = bezier((0.18, y + 0.05), (0.5, y - 0.13), (0.82, y + 0.05))
    for x, top in deck[2:-2:3]:
        sheet.line([(x, top), (x, y + 0.1)], mixed(colour, INK, 0.6), 0.014)
    sheet.line(deck, INK, 0.034)
    sheet.line(deck, colour, 0.022)
    sheet.line(deck - [[0, 0.04]], colour, 0.009)
    for x, top in deck[1:-1:2]:
        sheet.line([(x, top), (x, top - 0.04)], colour, 0.009)


def _wave(sheet: Sheet, mood: Mood, horizon: float, rng: np.random.Generator) -> None:
    """A breaker from one side, foam at its edge, over a rolling sea."""
    _sea(sheet, mood, horizon, 0.2)
    side, high = rng.choice([-1, 1]), horizon - rng.uniform(0.12, 0.3)

    def there(*points: np.ndarray) -> np.ndarray:
        joined = np.concatenate(points)
        return joined if side > 0 else joined * [-1, 1] + [1, 0]

    back = bezier((-0.05, horizon + 0.05), (0.12, high - 0.02), (0.36, high))
    crest = bezier((0.36, high), (0.58, high + 0.0), (0.62, high + 0.2))
    face = bezier((0.62, high + 0.2), (0.5, high + 0.06), (0.4, high + 0.2), 10)
    foot = bezier((0.4, high + 0.2), (0.3, 0.85), (0.75, 0.86))
    body = there(back, crest, face, foot, np.array([[0.75, 1.05], [-0.05, 1.05]]))
    sheet.wash(body, [(high, mood.water[0]), (high + 0.2, BLUE), (0.9, mood.water[1])], INK)
    for share in (0.25, 0.5, 0.75):
        stripe = there(foot * (1 - share) + share * bezier((0.02, horizon + 0.1), (0.05, 0.8), (0.4, 0.98)))
        sheet.line(stripe, mixed(SNOW, mood.water[0], 0.4), 0.014)
    for x, y in there(back[8:], crest, face[:6]):
        for _ in range(2):
            spot = (x + rng.normal(0, 0.012), y + rng.normal(0, 0.012))
            sheet.ellipse(*spot, *rng.uniform(0.012, 0.028, 2), colour=SNOW)
    for x, y in there(crest + [[0.04, 0.02]])[rng.integers(4, 16, 14)]:
        sheet.ellipse(x + rng.normal(0, 0.03), y + rng.normal(0, 0.04), 0.006, 0.006, SNOW)
    _swell(sheet, mood, rng)


def _swell(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    line = ridge(rng, 0.85, 0.035)
    sheet.wash(down_to(line, 1.05), [(0.78, mixed(*mood.water, 0.5)), (1, mood.water[1])], INK, 0.005)
    for lower in (0.035, 0.075):
        sheet.line(line + [[0, lower]], mixed(SNOW, mood.water[0], 0.3), 0.008)
    sheet.line(line, SNOW, 0.014)


SCENES = (_bay, _bay, _bay, _hills, _hills, _hills, _wave)
