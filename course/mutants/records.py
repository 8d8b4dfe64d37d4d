"""The survivors that are explained: mutants that a check accepts, each with the reason why that is right."""

from pathlib import Path
from typing import NamedTuple

import yaml

from course import CourseError
from course.mutants.exercises import Exercise
from course.mutants.generate import Mutant
from course.paths import Paths

_KEYS = {"reason", "was", "is_now"}


class Explained(NamedTuple):
    """A mutant that a check cannot or need not tell from the solution, as its changed lines, and why."""

    exercise: str
    was: str
    is_now: str
    reason: str

    def explains(self, exercise: Exercise, mutant: Mutant) -> bool:
        return (self.exercise, self.was, self.is_now) == (exercise.name, mutant.was, mutant.is_now)


def equivalents_file(paths: Paths) -> Path:
    return paths.answers_folder / "equivalent.yaml"


def read_explained(paths: Paths) -> list[Explained]:
    """Read the explained survivors; an entry has one `was` and a list of `is_now`.

    Raises CourseError for an entry that lacks a part, a misspelt one included.
    """
    path = equivalents_file(paths)
    if not path.is_file():
        return []
    found = []
    for exercise, entries in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
        for entry in entries:
            if set(entry) != _KEYS or len(str(entry["reason"]).split()) < 3:
                raise CourseError(
                    f"{paths.shown(path)}, {exercise}: an entry has {', '.join(sorted(entry))}; expected a reason in "
                    "words, `was` (the line) and `is_now` (a list of what stands there in the mutants)."
                )
            reason = " ".join(entry["reason"].split())
            found += [Explained(exercise, entry["was"], is_now, reason) for is_now in entry["is_now"]]
    return found
