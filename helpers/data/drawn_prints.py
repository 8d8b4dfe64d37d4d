"""Landscapes drawn in code in the manner of woodblock prints: they stand in where no set of prints is at hand.

A print is put together at random: a mood with its colours, a sky, mountains, a scene of water or hills, a tree or a
gate in front, now and then weather, and the red label of a series.
"""

from collections.abc import Callable

import numpy as np

from helpers.data.print_scenery import DISTANCES, SCENES, Mood, mist
from helpers.data.woodblock import BLUE, EARTH, INK, PAPER, RED, SNOW, Sheet, bezier, down_to, mixed, ridge

_PRUSSIAN, _DEEP, _TEAL, _PALE = (26, 56, 112), (18, 34, 72), (84, 150, 156), (164, 196, 200)
_BLUSH, _ROSE, _YELLOW = (228, 130, 96), (236, 172, 160), (238, 206, 116)
_GREEN, _MOSS, _PINE = (92, 128, 82), (142, 150, 84), (40, 74, 66)
_GREY, _SUMI = (142, 146, 148), (62, 64, 76)
_PETALS, _MAPLE = (240, 184, 188), (206, 84, 52)
_MOODS = (
    Mood([(0, _PRUSSIAN), (0.14, _PALE), (0.3, PAPER), (0.55, PAPER)], BLUE, _GREEN, (_PALE, _PRUSSIAN), _PINE, RED),
    Mood([(0, BLUE), (0.16, PAPER), (0.34, PAPER), (0.5, _BLUSH)], _TEAL, _MOSS, (_TEAL, BLUE), _PINE, RED),
    Mood([(0, _DEEP), (0.1, BLUE), (0.3, PAPER), (0.52, _ROSE)], _SUMI, _PINE, (PAPER, _PRUSSIAN), _PETALS, RED),
    Mood([(0, RED), (0.13, _BLUSH), (0.32, PAPER), (0.5, _YELLOW)], _PRUSSIAN, EARTH, (PAPER, _TEAL), _MAPLE, RED),
    Mood([(0, EARTH), (0.12, _YELLOW), (0.5, PAPER)], _GREEN, _MOSS, (_YELLOW, BLUE), _MAPLE, RED),
    Mood([(0, _DEEP), (0.3, _PRUSSIAN), (0.55, _PALE)], _DEEP, _PINE, (BLUE, _DEEP), _DEEP, PAPER),
    Mood([(0, (24, 26, 38)), (0.28, _SUMI), (0.55, _GREY)], _SUMI, _SUMI, (_GREY, _DEEP), INK, _YELLOW),
    Mood([(0, _SUMI), (0.2, _GREY), (0.5, _PALE)], SNOW, SNOW, (_PALE, _PRUSSIAN), SNOW, PAPER, "snow"),
    Mood([(0, _SUMI), (0.16, _GREY), (0.5, (206, 200, 182))], _GREY, _GREEN, (_PALE, BLUE), _PINE, PAPER, "rain"),
    Mood([(0, _ROSE), (0.2, PAPER), (0.5, PAPER)], _TEAL, _GREEN, (_PALE, _TEAL), _PETALS, RED),
)


def drawn_prints(count: int, size: int = 64, seed: int = 0) -> np.ndarray:
    """Return landscapes, uint8 (count, size, size, 3). Picture i of a seed is the same for every count.

    Raises ValueError for a count or a size below 1.
    """
    if count < 1 or size < 1:
        raise ValueError(f"count is {count} and size {size}; expected 1 or more of both.")
    return np.stack([_print(np.random.default_rng((seed, place)), size) for place in range(count)])


def _print(rng: np.random.Generator, size: int) -> np.ndarray:
    sheet, mood = Sheet(size), _MOODS[rng.integers(len(_MOODS))]
    horizon = rng.uniform(0.42, 0.6)
    sheet.sky(mood.sky)
    if rng.random() < 0.45 and mood.weather != "rain":
        radius = rng.uniform(0.05, 0.09)
        sheet.ellipse(rng.uniform(0.15, 0.85), rng.uniform(0.14, 0.32), radius, radius, mood.disc)
    _one_of(rng, DISTANCES)(sheet, mood, horizon, rng)
    if rng.random() < 0.5:
        mist(sheet, mixed(mood.sky[-1][1], PAPER, 0.5), horizon, rng)
    _one_of(rng, SCENES)(sheet, mood, horizon, rng)
    if rng.random() < 0.75:
        _one_of(rng, _FRONTS)(sheet, mood, rng)
    if mood.weather:
        _WEATHER[mood.weather](sheet, rng)
    if rng.random() < 0.35:
        _label(sheet, rng)
    return sheet.finished(rng)


def _one_of(rng: np.random.Generator, choices: tuple[Callable, ...]) -> Callable:
    return choices[rng.integers(len(choices))]


# What stands in front.


def _pine(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """A bent trunk with flat clouds of needles."""
    x, lean = rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)]), rng.normal(0, 0.16)
    top = rng.uniform(0.08, 0.3)
    trunk = bezier((x, 1.05), (x + lean, 0.7), (x + rng.normal(0, 0.06), top), 20)
    _trunk(sheet, trunk, 0.05)
    inwards = 1 if x < 0.5 else -1
    for root in trunk[[6, 9, 12, 15, 18]]:
        side = inwards if rng.random() < 0.7 else -inwards
        end = root + [side * rng.uniform(0.12, 0.34), rng.uniform(-0.06, 0.03)]
        _trunk(sheet, bezier(root, root + [side * 0.05, -0.05], end, 8), 0.018)
        _pads(sheet, mood, end, rng)
    _pads(sheet, mood, trunk[-1], rng)


def _trunk(sheet: Sheet, line: np.ndarray, width: float) -> None:
    """A limb that grows thinner, lit from one side."""
    half = np.linspace(width, width * 0.35, len(line))[:, None] * [[0.42, 0.36]]
    sheet.shape(np.concatenate([line - half, (line + half)[::-1]]), mixed(EARTH, INK, 0.55), INK, 0.004)
    sheet.line(line + half * 0.4, mixed(EARTH, PAPER, 0.1), width * 0.18)


def _pads(sheet: Sheet, mood: Mood, end: np.ndarray, rng: np.random.Generator) -> None:
    colour = mood.leaves if mood.leaves not in (_PETALS, _MAPLE) else _PINE
    for tone, lift, share in ((0.45, 0.0, 1.0), (0.1, 0.012, 0.85)):
        for shift in np.linspace(-0.07, 0.07, 4):
            sheet.ellipse(
                end[0] + shift, end[1] - lift - 0.025 * (1 - abs(shift) / 0.07), 0.052 * share, 0.026 * share,
                mixed(colour, INK, tone),
            )  # fmt: skip
    for _ in range(6):
        x, y = end + rng.uniform([-0.09, -0.045], [0.09, 0.0])
        sheet.line([(x, y), (x + 0.012, y - 0.016)], mixed(colour, PAPER, 0.4), 0.005)


def _blossoms(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """A branch from a corner, with blossoms, red leaves or snow."""
    side, y = rng.choice([0.0, 1.0]), rng.uniform(0.05, 0.5)
    colour = {_PETALS: _PETALS, _MAPLE: _MAPLE, SNOW: SNOW}.get(mood.leaves, _PETALS)
    end = (abs(side - rng.uniform(0.55, 0.95)), y + rng.uniform(-0.15, 0.3))
    branch = bezier((side, y), (abs(side - 0.35), y - 0.08), end, 20)
    branch[1:-1] += rng.normal(0, 0.007, (18, 2))
    _trunk(sheet, branch, 0.045)
    for root in branch[rng.integers(3, 19, 9)]:
        twig = bezier(root, root + rng.normal(0, 0.05, 2), root + rng.normal([0, 0.02], 0.1), 6)
        sheet.line(twig, mixed(EARTH, INK, 0.65), 0.009)
        for x, y in twig[2:]:
            for tone in (0.18, 0.0, -0.45):
                spot = (x + rng.normal(0, 0.02), y + rng.normal(0, 0.02))
                shade = mixed(colour, _ROSE, tone) if tone >= 0 else mixed(colour, SNOW, -tone)
                sheet.ellipse(*spot, *rng.uniform(0.014, 0.026, 2), colour=shade)


def _grove(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """Round trees on a bank in front."""
    line = ridge(rng, 0.93, 0.025)
    for x in np.sort(rng.uniform(0, 1, rng.integers(3, 7))):
        radius, y = rng.uniform(0.05, 0.1), rng.uniform(0.76, 0.86)
        sheet.line([(x, 0.98), (x + 0.01, y)], mixed(EARTH, INK, 0.6), 0.02)
        for tone, lift, share in ((0.4, 0.0, 1.0), (0.12, 0.2, 0.85), (-0.3, 0.45, 0.5)):
            shade = mixed(mood.leaves, INK, tone) if tone >= 0 else mixed(mood.leaves, PAPER, -tone)
            for shift in (-0.5, 0.0, 0.5):
                spot = (x + shift * radius, y - (lift + 0.35 * (shift == 0)) * radius)
                sheet.ellipse(*spot, radius * share * 0.7, radius * share * 0.55, shade)
    sheet.wash(down_to(line, 1.05), [(0.88, mixed(mood.land, INK, 0.1)), (1, mixed(mood.land, INK, 0.5))], INK)


def _gate(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """A shrine gate (torii)."""
    x, half, top = rng.uniform(0.25, 0.75), rng.uniform(0.13, 0.24), rng.uniform(0.28, 0.48)
    foot, colour = min(0.95, top + half * 2.4), mixed(RED, INK, rng.uniform(0, 0.3))
    for side in (-1, 1):
        pillar = [(x + side * half * 0.72, top + 0.02), (x + side * half * 0.82, foot)]
        sheet.line(pillar, INK, half * 0.24)
        sheet.line(pillar, colour, half * 0.16)
    for y, reach, thick in ((top + half * 0.5, 0.95, 0.13), (top + 0.01, 1.15, 0.2)):
        beam = bezier((x - half * reach, y - 0.012), (x, y + 0.016), (x + half * reach, y - 0.012))
        sheet.line(beam, INK, half * (thick + 0.08))
        sheet.line(beam, colour, half * thick)
    sheet.line(bezier((x - half * 1.2, top - 0.03), (x, top + 0.0), (x + half * 1.2, top - 0.03)), INK, half * 0.13)


def _roofs(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """Thatched roofs at the lower edge."""
    colour = SNOW if mood.weather == "snow" else mixed(EARTH, _YELLOW, rng.uniform(0.2, 0.7))
    for x in np.sort(rng.uniform(0, 1, rng.integers(2, 5)))[::-1]:
        y, half = rng.uniform(0.8, 0.92), rng.uniform(0.11, 0.19)
        wall = [(x - half * 0.8, y), (x + half * 0.8, y), (x + half * 0.8, 1.05), (x - half * 0.8, 1.05)]
        sheet.shape(wall, mixed(EARTH, PAPER, 0.55), INK, 0.005)
        sheet.line([(x, y), (x, 1.0)], INK, 0.02)
        roof = [(x - half, y + 0.02), (x - half * 0.55, y - half * 0.75), (x + half * 0.55, y - half * 0.75)]
        stops = [(y - half * 0.75, colour), (y, mixed(colour, INK, 0.35))]
        sheet.wash([*roof, (x + half, y + 0.02)], stops, INK, 0.006)


def _geese(sheet: Sheet, mood: Mood, rng: np.random.Generator) -> None:
    """A skein of birds in the sky."""
    x, y, fall = rng.uniform(0.15, 0.5), rng.uniform(0.12, 0.3), rng.uniform(-0.03, 0.04)
    for place in range(rng.integers(4, 9)):
        left, low, span = x + place * 0.055, y + place * fall + rng.normal(0, 0.01), rng.uniform(0.016, 0.024)
        sheet.line([(left - span, low - span * 0.6), (left, low), (left + span, low - span * 0.7)], INK, 0.008)


_FRONTS = (_pine, _pine, _pine, _blossoms, _blossoms, _grove, _grove, _gate, _roofs, _geese)


def _rain(sheet: Sheet, rng: np.random.Generator) -> None:
    slope = rng.uniform(-0.12, 0.12)
    for x, y, length in rng.uniform([-0.1, -0.2, 0.15], [1.1, 0.9, 0.5], (70, 3)):
        sheet.line([(x, y), (x + slope * length, y + length)], _SUMI if rng.random() < 0.5 else _GREY, 0.004)


def _snowfall(sheet: Sheet, rng: np.random.Generator) -> None:
    for x, y, radius in rng.uniform([0, 0, 0.004], [1, 1, 0.009], (90, 3)):
        sheet.ellipse(x, y, radius, radius, SNOW)


_WEATHER = {"rain": _rain, "snow": _snowfall}


def _label(sheet: Sheet, rng: np.random.Generator) -> None:
    """The red label of a series and the square one of a title, in an upper corner."""
    x, y = rng.choice([0.06, 0.84]), rng.uniform(0.03, 0.08)
    for left, wide, tall, colour in ((x, 0.075, 0.24, RED), (x + (0.085 if x < 0.5 else -0.11), 0.1, 0.13, _YELLOW)):
        sheet.shape([(left, y), (left + wide, y), (left + wide, y + tall), (left, y + tall)], colour, INK, 0.005)
        for stroke in np.arange(y + 0.025, y + tall - 0.02, 0.034):
            middle = left + wide / 2 + rng.normal(0, 0.004)
            sheet.line([(middle - 0.016, stroke), (middle + 0.018, stroke + rng.normal(0, 0.006))], INK, 0.009)
            sheet.line([(middle, stroke - 0.01), (middle - 0.004, stroke + 0.016)], INK, 0.007)
