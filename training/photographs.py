"""The photographs that the pocket models learn from: whose licence lets weights be free, and none that measures."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# Pictures under such a licence are left out: what it asks of weights that were trained on them is not settled.
SHARE_ALIKE = "-SA"


class Photograph(NamedTuple):
    """A row of photos64.csv that training may see: place in the array, what it shows, kind, file at 256 px or ''."""

    index: int
    shown: str
    group: str
    file256: str


def photographs(folder: Path) -> list[Photograph]:
    """Read the captions of the data folder, without share-alike licences and without the pictures of photos/."""
    with (folder / "photos" / "photos.csv").open(encoding="utf-8", newline="") as file:
        unseen = {(row["source_repo"], row["source_path"]) for row in csv.DictReader(file)}
    with (folder / "photos64" / "photos64.csv").open(encoding="utf-8", newline="") as file:
        return [
            Photograph(int(row["index"]), shown(row["caption"]), row["group"], row["file256"])
            for row in csv.DictReader(file)
            if SHARE_ALIKE not in row["licence"] and (row["source"], row["path"]) not in unseen
        ]


def shown(caption: str) -> str:
    """What follows "a photo of" in a caption, in the form of the word tokenizer: lower case, no commas."""
    return caption.removeprefix("a photo of ").replace(",", "").lower()


def load_pixels(folder: Path) -> np.ndarray:
    """All photographs at 64 pixels, uint8 (N, 64, 64, 3), in the order of the table."""
    return np.load(folder / "photos64" / "photos64.npz")["images"]


def group_weights(groups: list[str]) -> np.ndarray:
    """Chance of each picture, so that a group's share follows the root of its size."""
    names, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    weights = (1 / np.sqrt(counts))[inverse]
    return weights / weights.sum()


def with_photographs(subjects: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Add what the photographs show to the subjects, for vocabulary and facts; `subjects` stays as it was."""
    return {**subjects, "photographs": sorted({each.shown for each in photographs(folder)})}
