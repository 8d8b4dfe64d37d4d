"""What can be measured: the weights of a job, or of all jobs that share a card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from training.measuring.clip import measure_clip
from training.measuring.manga import measure_manga
from training.measuring.mnist import measure_mnist
from training.measuring.pocket import measure_pocket
from training.measuring.postcards import measure_postcards
from training.measuring.record import Measurement

# Called with the data folder, which COURSE_DATA names, too
MEASUREMENTS: dict[str, Callable[[Path], Measurement]] = {
    "pocket": partial(measure_pocket, "pocket"),
    "pocket_64": partial(measure_pocket, "pocket_64"),  # writes the same card, of the same folder
    "clip_judge": partial(measure_clip, "judge"),
    "clip_pocket": partial(measure_clip, "pocket"),
    "mnist": measure_mnist,
    "manga": measure_manga,
    "postcards": measure_postcards,
}
