"""Marks for other programs: nbgrader's CSV, properly quoted, and one with a column for every question."""

import csv
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from instructor.grading.gradebook import ClassDirectory

_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


class QuotedCsvExport(ExportPlugin):
    """nbgrader's CSV export, column by column, with quotes where a name holds a comma."""

    def export(self, gradebook: Gradebook) -> None:
        """Write a line for each student and assignment to the file `to`; who handed in nothing has 0."""
        with Path(self.to).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for assignment in gradebook.assignments:
                writer.writerows(_line(gradebook, assignment, student) for student in gradebook.students)


def export_csv(course: ClassDirectory, to: Path) -> list[Path]:
    """Write the marks of a class: by assignment to `to`, and by question to a second file beside it.

    Returns both files. Raises CourseError where nothing is released.
    """
    chapters = course.chapters()
    to.parent.mkdir(parents=True, exist_ok=True)
    by_question = to.with_name(f"{to.stem}_by_question{to.suffix}")
    with course.gradebook() as gradebook:
        QuotedCsvExport(to=str(to)).export(gradebook)
    with by_question.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(_by_question(course, chapters))
    return [to, by_question]


def _line(gradebook: Gradebook, assignment: Assignment, student: Student) -> list:
    who = [student.id, student.last_name, student.first_name, student.email]
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return [assignment.name, assignment.duedate, "", *who, 0.0, 0.0, 0.0, assignment.max_score]
    penalty = submission.late_submission_penalty or 0.0
    marks = submission.score, penalty, max(0.0, submission.score - penalty), assignment.max_score
    return [assignment.name, assignment.duedate, submission.timestamp, *who, *marks]


def _by_question(course: ClassDirectory, chapters: list[str]) -> Iterator[list]:
    """Yield a header and a line a student; empty: not handed in, or an answer that waits for a reader."""
    worth = {chapter: course.worth(chapter) for chapter in chapters}
    cells = ((chapter, cell) for chapter in chapters for cell in worth[chapter])
    yield ["student_id", *(f"{chapter} {cell.name} (of {cell.max_points:g})" for chapter, cell in cells)]
    for student in course.students():
        row = [student]
        for chapter in chapters:
            marks = course.marks(chapter, student)
            row += [mark.points for mark in marks] if marks else [None] * len(worth[chapter])
        yield row
