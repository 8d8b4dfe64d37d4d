"""Grading the whole class: one submission at a time, and whatever happens to one stays with it."""

import json
import shutil
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

from instructor import CourseError
from instructor.grading.gradebook import ClassDirectory, Mark
from instructor.grading.handins import NOBODY, HandIn, find_hand_ins, is_student
from instructor.grading.intake import mend
from instructor.grading.processes import NURSERY
from instructor.grading.reading import HandInError


class Outcome(NamedTuple):
    """How the grading of one hand-in ended.

    marks    of every graded cell; empty where it could not be graded
    mended   one sentence for each thing that the intake mended
    problem  why it could not be graded; "" where it was
    seconds  wall time
    """

    student: str
    chapter: str
    marks: list[Mark]
    mended: list[str]
    problem: str
    seconds: float

    @property
    def points(self) -> float:
        """Marks given so far, answers that wait for a reader left out."""
        return sum(mark.points or 0 for mark in self.marks)


def grade_class(
    course: ClassDirectory, folder: Path, tell: Callable[[int, int, Outcome], None] = lambda *_: None
) -> list[Outcome]:
    """Grade every hand-in of a folder, and write each result at once.

    tell  called after each hand-in with its number (from 1), how many there are, and its outcome

    Raises CourseError where nothing can be graded at all: no folder, nothing released, no kernel.
    """
    chapters = course.chapters()
    hand_ins = find_hand_ins(folder, chapters)
    released = {chapter: course.released_notebook(chapter) for chapter in chapters}
    outcomes = []
    with NURSERY.open():
        for number, hand_in in enumerate(hand_ins, 1):
            outcome = _grade_one(course, hand_in, released)
            _record(course, outcome)
            outcomes.append(outcome)
            tell(number, len(hand_ins), outcome)
    return outcomes


def _grade_one(course: ClassDirectory, hand_in: HandIn, released: dict[str, nbformat.NotebookNode]) -> Outcome:
    """Take one hand-in through intake, nbgrader and the reading of its marks. Raises nothing."""
    started = time.perf_counter()
    marks, mended, problem = [], [], hand_in.problem
    try:
        if is_student(hand_in.student):
            _register(course, hand_in.student)
        if not problem:
            mended = _take_in(course, hand_in, released[hand_in.chapter])
            marks = _autograde(course, hand_in)
    except (HandInError, CourseError) as error:
        problem = str(error)
    except Exception:  # a fault of ours in one submission must not stop the others, and must not be silent either
        problem = "the grader failed: " + traceback.format_exc().strip().split("\n")[-1]
    if problem and not marks:
        problem += _standing(course, hand_in)
    return Outcome(hand_in.student, hand_in.chapter, marks, mended, problem, time.perf_counter() - started)


def _register(course: ClassDirectory, student: str) -> None:
    """Make the student known, so that exports list them even where nothing could be graded."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)


def _take_in(course: ClassDirectory, hand_in: HandIn, released: nbformat.NotebookNode) -> list[str]:
    """Mend the file into the folder that nbgrader grades; return what was mended."""
    notebook, notes = mend(hand_in.path, released, hand_in.note)
    place = course.place("submitted", hand_in.student, hand_in.chapter)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    nbformat.write(notebook, place / f"{hand_in.chapter}.ipynb")
    return notes + _take_timestamp(hand_in.path.with_name("timestamp.txt"), place)


def _take_timestamp(path: Path, place: Path) -> list[str]:
    """Copy the time of the hand-in, which nbgrader's late rules read; a damaged one would stop nbgrader."""
    if path.is_symlink() or not path.is_file():
        return []
    try:
        parse_utc(path.read_text(encoding="utf-8").strip())
    except (ValueError, OverflowError):
        return ["timestamp.txt holds no time and was left out."]
    shutil.copyfile(path, place / "timestamp.txt")
    return []


def _autograde(course: ClassDirectory, hand_in: HandIn) -> list[Mark]:
    """Let nbgrader grade a mended notebook; return its marks.

    Raises HandInError where nbgrader refuses, or leaves a test without a mark.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 sets its own off at each new submission
        result = course.api.autograde(hand_in.chapter, hand_in.student, force=True, create=True)
    if not result["success"]:
        if "KeyboardInterrupt" in (result.get("error") or ""):
            raise KeyboardInterrupt  # nbgrader catches it: without this, Ctrl-C would only skip one student
        raise HandInError(f"nbgrader refused the notebook: {_cause(result)}")
    marks = course.marks(hand_in.chapter, hand_in.student)
    missing = [mark.name for mark in marks or [] if mark.points is None and not mark.by_hand]
    if not marks or missing:
        raise HandInError(f"nbgrader gave no mark for {', '.join(missing) or 'this chapter'}. Grade it again.")
    return marks


def _cause(result: dict) -> str:
    """Return the line of nbgrader's log that names the exception, not its own summary of it."""
    lines = [line.strip() for line in (result.get("log") or "").split("\n") if line.strip()]
    errors = [line for line in lines if "Error" in line.split(":")[0] and not line.startswith("[")]
    return (errors or lines or ["no reason given"])[-1]


def _standing(course: ClassDirectory, hand_in: HandIn) -> str:
    """Say that a mark of an earlier hand-in is still in the gradebook, where there is one."""
    earlier = hand_in.chapter and course.marks(hand_in.chapter, hand_in.student)
    return " (The mark of an earlier hand-in stands.)" if earlier else ""


def _record(course: ClassDirectory, outcome: Outcome) -> None:
    """Write the result of one submission; feedback and reports read it."""
    if outcome.student == NOBODY:
        return
    place = course.result(outcome.student, outcome.chapter)
    place.parent.mkdir(parents=True, exist_ok=True)
    result = outcome._asdict() | {"marks": [mark._asdict() for mark in outcome.marks]}
    place.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
