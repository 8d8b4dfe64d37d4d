"""Grading students of the sample class on the real chapters, for the tests."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from course.build import build_sources
from course.paths import Paths
from course.sample_class import Material, Student, everybody, read_material, write_hand_ins
from notebook_grader.batch.run import Outcome, grade_class
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.runner.engine import open_split_engine

CELL_LIMIT = 60  # seconds; on a busy machine a check of part A takes 20


class GradedClass:
    """Some students of the sample class, graded.

    chapters  what the class was made from
    course    its directory
    outcomes  by student and chapter
    """

    def __init__(self, folder: Path, belongs: Callable[[Student], bool]):
        read, built = Paths(), Paths(folder)
        names = [chapter.name for chapter in build_sources(read, built)]
        self.course = ClassDirectory(folder / "class", read.root, CELL_LIMIT)
        self.course.release(names, built)
        self.chapters = [read_material(built.source(name), self.course.released(name)) for name in names]
        self.students = [student for student in everybody(self.chapters) if belongs(student)]
        for student in self.students:
            write_hand_ins(folder / "hand_ins", student, self.chapters)
        found = grade_class(self.course, folder / "hand_ins", open_engine=partial(open_split_engine, trusted=True))
        self.outcomes: dict[tuple[str, str], Outcome] = {(one.student, one.chapter): one for one in found}

    def wrong_marks(self, student: Student) -> list[str]:
        """Return what of a student's marks is not as it is deserved."""
        return [line for chapter in self.chapters for line in self._wrong(student, chapter)]

    def _wrong(self, student: Student, chapter: Material) -> list[str]:
        outcome = self.outcomes.get((student.name, chapter.name))
        if outcome is None:
            return [] if student.hand_in(chapter) is None else [f"{chapter.name}: not seen"]
        if bool(outcome.problem) != student.refused:
            return [f"{chapter.name}: {outcome.problem or 'graded, not refused'}"]
        checked = {mark.name.removeprefix("check_"): mark for mark in outcome.marks if not mark.by_hand}
        return [
            f"{chapter.name}, {exercise}: {mark.points:g} of {mark.max_points:g}"
            for exercise, mark in checked.items()
            if mark.points != (mark.max_points if student.deserves(chapter, exercise) else 0)
        ]
