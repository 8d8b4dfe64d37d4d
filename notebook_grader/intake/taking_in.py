"""From a hand-in to a submission: intake, and all that its mark will depend on."""

from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.intake.handins import HandIn
from notebook_grader.intake.mending import mend
from notebook_grader.store.submission import Submission, environment_of


class Chapter(NamedTuple):
    """What is released of a chapter.

    released     the notebook that students got
    tests        its locked and graded cells, hidden tests included
    limits       seconds: `cell`, `notebook`
    environment  what its marks depend on besides
    """

    released: NotebookNode
    tests: dict
    limits: dict
    environment: dict


def released_chapter(course: ClassDirectory, name: str, tests: dict) -> Chapter:
    """Gather what is released of a chapter."""
    return Chapter(course.released_notebook(name), tests, course.limits, environment_of(tests))


def take_in(hand_in: HandIn, chapter: Chapter) -> Submission:
    """Mend a hand-in into what is graded. Raises HandInError where the file is no notebook."""
    mended = mend(hand_in.path, chapter.released, hand_in.note)
    timestamp, notes = _timestamp(hand_in.path.with_name("timestamp.txt"))
    return Submission(
        hand_in.student, hand_in.chapter, mended.notebook, chapter.tests, chapter.limits, chapter.environment,
        mended.notes + notes, hand_in.path.stat().st_size, timestamp,
    )  # fmt: skip


def _timestamp(path: Path) -> tuple[str, list[str]]:
    """Read the time of the hand-in, which nbgrader's late rules need; a damaged one would stop nbgrader."""
    if path.is_symlink() or not path.is_file():
        return "", []
    try:
        text = path.read_text(encoding="utf-8").strip()
        parse_utc(text)
    except (ValueError, OverflowError):
        return "", ["timestamp.txt holds no time and was left out."]
    return text, []
