"""The four markers that nbgrader's strippers look for, read strictly.

nbgrader finds a delimiter anywhere in a line, so a marker with a typo publishes a solution, and a sentence that quotes
one hides text. Here a line is a marker to the letter, or it must not resemble one.
"""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
MARKERS = (BEGIN_SOLUTION, END_SOLUTION, BEGIN_HIDDEN, END_HIDDEN)

# Other spellings of a marker, and nbgrader's delimiters that this course does not use.
_LIKENESSES = [
    verb + noun
    for verb in ("BEGIN", "START", "OPEN", "END", "STOP", "FINISH", "CLOSE")
    for noun in ("SOLUTION", "HIDDENTESTS", "HIDDENTEST", "MARKSCHEME", "TESTS", "HIDDEN")
]
_FOREIGN = ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "AUTOTEST", "HASHED")
_ALIKE = 0.85


class Region(NamedTuple):
    """Lines between a pair of markers; begin and end are the markers' own line numbers in the cell, from 0."""

    begin: int
    end: int


def is_near_miss(line: str) -> bool:
    """Tell whether a line resembles a marker without being one ("# BEGIN SOLUTION", "### BEGIN SOLUTON")."""
    if line.strip() in MARKERS:
        return False
    if any(name in line for name in _FOREIGN):
        return True
    letters = re.sub(r"[^A-Z]", "", line.upper())
    return len(letters) < 30 and any(SequenceMatcher(None, letters, name).ratio() >= _ALIKE for name in _LIKENESSES)


def find_regions(source: str, begin: str, end: str) -> list[Region]:
    """Find the regions between `begin` and `end`.

    Raises ValueError naming the line where a region is nested, not opened or not closed.
    """
    regions, opened = [], None
    for number, line in enumerate(source.split("\n")):
        if line.strip() == begin:
            if opened is not None:
                raise ValueError(f"line {number + 1} opens a region inside the one opened in line {opened + 1}")
            opened = number
        elif line.strip() == end:
            if opened is None:
                raise ValueError(f"line {number + 1} closes a region that no `{begin}` opened")
            regions.append(Region(opened, number))
            opened = None
    if opened is not None:
        raise ValueError(f"the region opened in line {opened + 1} is never closed by `{end}`")
    return regions


def lines_within(source: str, regions: list[Region]) -> list[str]:
    """Return the lines inside the regions, markers left out."""
    lines = source.split("\n")
    return [line for region in regions for line in lines[region.begin + 1 : region.end]]


def without(source: str, regions: list[Region], stub: str | None = None) -> str:
    """Return the source with each region (markers included) taken out, or replaced by `stub` at the same indent."""
    lines = source.split("\n")
    for region in reversed(regions):
        indent = re.match(r"\s*", lines[region.begin])[0]
        lines[region.begin : region.end + 1] = [] if stub is None else [indent + line for line in stub.split("\n")]
    return "\n".join(lines)
