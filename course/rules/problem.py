"""What a rule yields, and what the rules share."""

from typing import NamedTuple

from course.authoring import Cell
from notebook_grader import markers


class Problem(NamedTuple):
    """What is wrong with a cell (None: with the whole chapter), and the cure."""

    cell: Cell | None
    what: str
    cure: str


def markers_of(cell: Cell) -> tuple[str, ...]:
    """Return the pair of markers that the cell must have, or () where it must have none."""
    if "exercise" in cell.tags or "reflection" in cell.tags:
        return (markers.BEGIN_SOLUTION, markers.END_SOLUTION)
    return (markers.BEGIN_HIDDEN, markers.END_HIDDEN) if "check" in cell.tags else ()


def region_of(cell: Cell) -> markers.Region | None:
    """Find a cell's region; None where there is not exactly one (`regions_are_whole` tells of that)."""
    pair = markers_of(cell)
    try:
        regions = markers.find_regions(cell.source, *pair) if pair else []
    except ValueError:
        return None
    return regions[0] if len(regions) == 1 else None


def written(lines: list[str]) -> list[str]:
    """Return the lines that hold something."""
    return [line for line in lines if line.strip()]
