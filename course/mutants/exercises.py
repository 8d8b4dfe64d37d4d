"""The exercises of the course, as the judge needs them: the solution, and what stands before it in the chapter."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from course import CourseError
from course.authoring import Chapter, read_chapter
from course.paths import Paths, near_names

_SEED = re.compile(r"\bseed=(\d+)")


class Exercise(NamedTuple):
    """One exercise with its check.

    name      such as "forward"; its check is helpers.checks.check_forward
    chapter   name of the chapter
    solution  text of the exercise's cell, markers included
    before    imports and functions that the chapter has by then, answers to earlier exercises among them
    seeds     with which the test cell calls the check, hidden tests included
    """

    name: str
    chapter: str
    solution: str
    before: str
    seeds: tuple[int, ...]


def find_exercises(paths: Paths, name: str | None = None) -> list[Exercise]:
    """Read the exercises of all chapters in their order; of these only the one called `name`, where it is given.

    Raises CourseError where no exercise has that name.
    """
    chapters = [read_chapter(paths.solution(chapter)) for chapter in paths.chapters()]
    exercises = [exercise for chapter in chapters for exercise in _of(chapter)]
    chosen = [exercise for exercise in exercises if name in (None, exercise.name)]
    if not chosen:
        known = near_names(name or "", [exercise.name for exercise in exercises])
        raise CourseError(f"No exercise is called {name!r}; expected one of {known}.")
    return chosen


def _of(chapter: Chapter) -> Iterator[Exercise]:
    checks = {cell.tags["check"]: cell.source for cell in chapter.cells if "check" in cell.tags}
    before = []
    for cell in chapter.cells:
        if "exercise" in cell.tags:
            name = cell.tags["exercise"]
            seeds = {0, *map(int, _SEED.findall(checks[name]))}
            yield Exercise(name, chapter.name, cell.source, "\n".join(before), tuple(sorted(seeds)))
        if cell.kind == "code":
            before.append(_definitions(cell.source))


def _definitions(source: str) -> str:
    """Return a cell's imports and functions alone: what it loads and draws takes time, and the judge gives that."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return ast.unparse([node for node in ast.parse(source).body if isinstance(node, kept)])
