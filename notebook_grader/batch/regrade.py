"""Grading a submission again from what was stored of it: is the mark the same, and if not, why?"""

from collections.abc import Iterator
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.batch.pool import Crowd, LocalPool
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.runner.engine import open_split_engine
from notebook_grader.store.store import Store, Stored
from notebook_grader.store.submission import OpenEngine, environment_of


class Regraded(NamedTuple):
    """How grading a submission again compares with what is on record.

    same    whether every mark is the same, bit for bit
    marks   one sentence for each mark that differs
    causes  one sentence for each thing that is not as it was, and may be the reason
    """

    chapter: str
    same: bool
    marks: list[str]
    causes: list[str]


def regrade(
    course: ClassDirectory, student: str, chapter: str | None = None, open_engine: OpenEngine = open_split_engine
) -> list[Regraded]:
    """Grade what is stored of a student once more, with the tests and limits of then, in the environment of today.

    Nothing is written. Raises GraderError where nothing is stored.
    """
    found = list(_stored(Store(course.folder / "results"), student, chapter))
    if not found:
        what = f"of {student}, {chapter}" if chapter else f"of {student}"
        raise GraderError(f"No result {what} is stored in {course.folder}. Run `course grade FOLDER` first.")
    pool = LocalPool(1)
    try:
        crowd = Crowd(pool, open_engine)
        return [_again(course, stored, crowd) for stored in found]
    finally:
        pool.close()


def _stored(store: Store, student: str, chapter: str | None) -> Iterator[Stored]:
    for path in sorted(store.folder.glob("*/*/*.json")):
        name, about, key = path.parent.parent.name, path.parent.name, path.stem
        stored = name == student and chapter in (None, about) and store.load(name, about, key)
        if stored:
            yield stored


def _again(course: ClassDirectory, stored: Stored, crowd: Crowd) -> Regraded:
    then = stored.submission
    now = then._replace(environment=environment_of(then.tests))
    ((_, _, graded),) = [*crowd.add(0, now), *crowd.rest()]
    old, new = stored.graded.result, graded.result
    marks = [
        *([f"it could not be graded: {new['problem']}"] * bool(new["problem"])),
        *_differences(old["marks"], new["marks"]),
    ]
    return Regraded(then.chapter, not marks, marks, list(_causes(course, stored, now.environment)))


def _differences(old: list[dict], new: list[dict]) -> Iterator[str]:
    now = {mark["name"]: mark["points"] for mark in new}
    for mark in old:
        if now.get(mark["name"]) != mark["points"]:
            yield f"{mark['name']}: {_shown(now.get(mark['name']))} instead of {_shown(mark['points'])}"


def _causes(course: ClassDirectory, stored: Stored, environment: dict[str, str]) -> Iterator[str]:
    then = stored.submission
    for part in sorted(environment.keys() | then.environment.keys()):
        old, new = then.environment.get(part, "none"), environment.get(part, "none")
        if old != new:
            yield f"{part}: {new} instead of {old}" if len(new) < 20 else f"{part}: changed since"
    if course.tests(then.chapter) != then.tests:
        yield "the released tests: changed since; `course grade` grades with those of today"


def _shown(points: float | None) -> str:
    return "no mark" if points is None else repr(points)
