"""What a visitor may ask for, and what is said where the app cannot do it."""

import math
import re
import secrets
from typing import NamedTuple

LONGEST_TEXT = 200  # characters; the text encoders read some 30 words
COLOUR_SCALES, TEXT_SCALES = (0, 2000), (0, 100)
STEPS = (4, 100)
COUNTS = (1, 6)
LARGEST_SEED = 2**32 - 1
DRAWN_SEEDS = 1_000_000  # seeds that the app draws itself stay short enough to be copied by hand


class BadWish(ValueError):
    """A wish that no card can be made of; the message is for the visitor."""


class Wish(NamedTuple):
    """A wish that can be granted.

    colour        red, green, blue in [0, 1]; None = no colour asked for, its scale is then 0
    text          at most 200 characters; "" = no text asked for
    colour_scale  0 to 2,000, 0 = the colour is ignored
    text_scale    0 to 100, 0 = the text is ignored
    steps         4 to 100
    seed          0 to 2^32 - 1
    count         1 to 6 cards
    """

    colour: tuple[float, float, float] | None
    text: str
    colour_scale: float
    text_scale: float
    steps: int
    seed: int
    count: int

    @property
    def hex(self) -> str | None:
        """The colour as #rrggbb; None where none is asked for."""
        return None if self.colour is None else "#" + "".join(f"{round(255 * part):02x}" for part in self.colour)


def read_wish(colour, text, colour_scale, text_scale, steps, seed, count) -> Wish:
    """Return what a form holds as a `Wish`.

    colour  "#rrggbb", "rgb(r, g, b)" or "rgba(r, g, b, a)" with numbers to 255; None or "" = none, if its scale is 0
    seed    None or "" = a new one is drawn
    Raises BadWish, which says what is wrong and what to do.
    """
    colour_scale = _number("The colour scale", colour_scale, *COLOUR_SCALES)
    return Wish(
        _colour(colour, colour_scale),
        _text(text),
        colour_scale,
        _number("The text scale", text_scale, *TEXT_SCALES),
        _whole("The number of steps", steps, *STEPS),
        secrets.randbelow(DRAWN_SEEDS) if seed in (None, "") else _whole("The seed", seed, 0, LARGEST_SEED),
        _whole("The number of cards", count, *COUNTS),
    )


def _text(text) -> str:
    text = " ".join(str(text or "").split())
    if len(text) > LONGEST_TEXT:
        raise BadWish(f"The text has {len(text):,} characters. Please say it in {LONGEST_TEXT}.")
    return text


def _colour(colour, scale: float) -> tuple[float, float, float] | None:
    if not colour:
        if scale:
            raise BadWish("No colour is chosen. Pick one, or set the colour scale to 0.")
        return None
    written = str(colour).strip().lower()
    if re.fullmatch("#[0-9a-f]{6}", written):
        parts = [int(written[place : place + 2], 16) for place in (1, 3, 5)]
    elif re.fullmatch(r"rgba?\([\d.,% ]+\)", written):
        parts = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", written)[:3]]
    else:
        parts = []
    if len(parts) != 3 or max(parts) > 255:
        raise BadWish(f"{str(colour)[:40]} is no colour that this app can read. Pick one, or write it as #3a6ea5.")
    red, green, blue = (part / 255 for part in parts)
    return red, green, blue


def _number(what: str, value, least: float, most: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not least <= number <= most:  # false for NaN, too
        raise BadWish(f"{what} is {_shown(value)}. Please give a number from {least:,.0f} to {most:,.0f}.")
    return number


def _whole(what: str, value, least: int, most: int) -> int:
    number = _number(what, value, least, most)
    if number != int(number):
        raise BadWish(f"{what} is {_shown(value)}. Please give a whole number from {least:,} to {most:,}.")
    return int(number)


def _shown(value) -> str:
    return "missing" if value in (None, "") else str(value)[:40]
