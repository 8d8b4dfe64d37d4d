"""Sketches made in code, as somebody might draw them on the canvas: they stand in until a student has drawn."""

import difflib

import torch

from helpers.drawing.strokes import WIDEST, Stroke, painted


def _fill(colour: str) -> Stroke:
    return Stroke(colour, WIDEST, ((0.5, 0.5),))


SKETCHES: dict[str, list[Stroke]] = {
    "boat": [
        _fill("#bfe3ff"),
        Stroke("#548ad6", 0.3, ((0, 0.9), (1, 0.9))),
        Stroke("#7a4a2b", 0.12, ((0.24, 0.72), (0.76, 0.72))),
        Stroke("#141418", 0.03, ((0.5, 0.7), (0.5, 0.16))),
        Stroke("#ffffff", 0.1, ((0.58, 0.26), (0.58, 0.56), (0.74, 0.56), (0.6, 0.3))),
        Stroke("#d64541", 0.08, ((0.42, 0.3), (0.42, 0.56), (0.3, 0.56))),
    ],
}


def sketch(name: str, size: int) -> torch.Tensor:
    """Return a sketch as (1, 3, size, size) in [-1, 1]. Raises ValueError for a name that is not in SKETCHES."""
    if name not in SKETCHES:
        near = ", ".join(map(repr, difflib.get_close_matches(name, SKETCHES, n=3, cutoff=0.0)))
        raise ValueError(f"There is no sketch {name!r}; the nearest of {len(SKETCHES)} are {near}.")
    return painted(SKETCHES[name], size)
