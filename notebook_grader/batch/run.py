"""Grading the whole class: on many processes, and whatever happens to one hand-in stays with it.

Results come first, marks in the gradebook after them: a result is on disk before the one writer brings it into the
gradebook. So a run that was stopped anywhere, by whatever means, goes on where it was when it is started again.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.batch.pool import Crowd, LocalPool, Pool
from notebook_grader.gradebook.gradebook import ClassDirectory, Mark
from notebook_grader.gradebook.writer import GradebookWriter, open_writer
from notebook_grader.intake.handins import NOBODY, HandIn, find_hand_ins, is_student
from notebook_grader.intake.reading import HandInError
from notebook_grader.intake.taking_in import Chapter, released_chapter, take_in
from notebook_grader.runner.engine import open_split_engine
from notebook_grader.store.store import Store
from notebook_grader.store.submission import Graded, OpenEngine, Submission, of_hand_in, refused


class Outcome(NamedTuple):
    """How the grading of one hand-in ended.

    marks    of every graded cell; empty where it could not be graded
    mended   one sentence for each thing that the intake mended
    problem  why it could not be graded; "" where it was
    seconds  wall time of its run
    is_old   whether an earlier run had graded the very same
    """

    student: str
    chapter: str
    marks: list[Mark]
    mended: list[str]
    problem: str
    seconds: float
    is_old: bool = False

    @property
    def points(self) -> float:
        """Marks given so far, answers that wait for a reader left out."""
        return sum(mark.points or 0 for mark in self.marks)


class Finished(NamedTuple):
    """One hand-in at the end of its way: its number among all (from 1), what was graded (None where it was refused),
    what came of it, and whether that was on record."""

    number: int
    submission: Submission | None
    graded: Graded
    is_old: bool


Tell = Callable[[int, int, Outcome], None]


def grade_class(
    course: ClassDirectory,
    folder: Path,
    tell: Tell = lambda *_: None,
    *,
    pool: Pool | None = None,
    open_engine: OpenEngine = open_split_engine,
    again: bool = False,
) -> list[Outcome]:
    """Grade every hand-in of a folder, and write each result at once.

    tell         called for each hand-in, in their order, with its number (from 1), how many there are, and its outcome
    pool         where submissions run; None: on all cores of this computer
    open_engine  what runs them
    again        also what was graded before and has not changed

    Returns the outcomes in the order of the hand-ins. Raises GraderError where nothing can be graded at all: no folder,
    nothing released, no engine.
    """
    names = course.chapters()
    hand_ins = find_hand_ins(folder, names)
    chapters = {name: released_chapter(course, name, course.tests(name)) for name in names}
    store = Store(course.folder / "results")
    with open_writer(course) as writer, closing(pool or LocalPool()) as held:
        found = graded_hand_ins(hand_ins, chapters, store, Crowd(held, open_engine), again)
        return write_all(course, writer, store, found, len(hand_ins), tell)


def graded_hand_ins(
    hand_ins: list[HandIn], chapters: dict[str, Chapter], store: Store, crowd: Crowd, again: bool = False
) -> Iterator[Finished]:
    """Grade hand-ins and keep each result in the store; yield them as they are done."""
    for number, hand_in in enumerate(hand_ins, 1):
        entry = _taken_in(hand_in, chapters)
        if isinstance(entry, Graded):
            yield Finished(number, None, entry, False)
            continue
        known = None if again else store.load(hand_in.student, hand_in.chapter, entry.key)
        if known:
            yield Finished(number, entry, Graded(of_hand_in(known.graded.result, entry), known.graded.notebook), True)
            continue
        yield from (_kept(store, *done) for done in crowd.add(number, entry))
    yield from (_kept(store, *done) for done in crowd.rest())


def write_all(
    course: ClassDirectory, writer: GradebookWriter, store: Store, found: Iterator[Finished], total: int, tell: Tell
) -> list[Outcome]:
    """Bring results into the gradebook as they come; tell of them, and return them, in order."""
    written = ((finished.number, _write(course, writer, store, finished)) for finished in found)
    return in_order(written, total, tell)


def in_order(found: Iterator[tuple[int, Outcome]], total: int, tell: Tell) -> list[Outcome]:
    """Take outcomes with their numbers (from 1) as they come; tell of them, and return them, in order."""
    outcomes: dict[int, Outcome] = {}
    told = 0
    for number, outcome in found:
        outcomes[number] = outcome
        while told + 1 in outcomes:
            told += 1
            tell(told, total, outcomes[told])
    return [outcomes[number] for number in sorted(outcomes)]


def fresh_outcome(finished: Finished) -> Outcome:
    """Return how a hand-in ended, as far as it is known without a gradebook."""
    result = finished.graded.result
    marks = [Mark(**mark) for mark in result["marks"]]
    ended = marks, result["mended"], result["problem"], result["seconds"]
    return Outcome(result["student"], result["chapter"], *ended, finished.is_old)


def _taken_in(hand_in: HandIn, chapters: dict[str, Chapter]) -> Submission | Graded:
    """Return what is to be graded of a hand-in, or the reason why nothing is. Raises nothing."""
    problem = hand_in.problem
    try:
        if not problem:
            return take_in(hand_in, chapters[hand_in.chapter])
    except (HandInError, GraderError) as error:
        problem = str(error)
    except Exception:  # a fault of ours in one hand-in must not stop the others, and must not be silent either
        problem = _fault()
    return refused(hand_in.student, hand_in.chapter, problem)


def _kept(store: Store, number: int, submission: Submission, graded: Graded) -> Finished:
    if not graded.result["problem"]:
        store.save(submission, graded)
    return Finished(number, submission, graded, False)


def _write(course: ClassDirectory, writer: GradebookWriter, store: Store, finished: Finished) -> Outcome:
    """Bring one result into the gradebook and record it. A fault in it becomes its problem."""
    result, marks = finished.graded.result, []
    student, chapter, problem = (result[name] for name in ("student", "chapter", "problem"))
    try:
        if is_student(student):
            writer.register(student)
        if not problem:
            marks = writer.write(finished.submission, finished.graded)
    except Exception:  # a fault of ours in one result must not stop the others, and must not be silent either
        problem = _fault()
    if problem:
        problem += _standing(course, student, chapter)
    if student != NOBODY:
        store.record(result | {"marks": [mark._asdict() for mark in marks], "problem": problem})
    return fresh_outcome(finished)._replace(marks=marks, problem=problem)


def _standing(course: ClassDirectory, student: str, chapter: str) -> str:
    """Say that a mark of an earlier hand-in is still in the gradebook, where there is one."""
    earlier = chapter and course.marks(chapter, student)
    return " (The mark of an earlier hand-in stands.)" if earlier else ""


def _fault() -> str:
    return "the grader failed: " + traceback.format_exc().strip().split("\n")[-1]
