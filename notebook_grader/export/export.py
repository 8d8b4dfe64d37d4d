"""Marks for other programs: nbgrader's CSV, properly quoted, one by question, and Canvas's and Moodle's files."""

import csv
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin

from notebook_grader import GraderError
from notebook_grader.export.canvas import fill_canvas, write_canvas
from notebook_grader.export.columns import Column, cell_text, columns_of, guarded, left_empty
from notebook_grader.export.moodle import comments_of, fill_worksheet, write_moodle
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.scores import ClassScores, read_results, read_scores

_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


class Choice(NamedTuple):
    """What is to be exported, and how.

    form         "csv", "canvas" or "moodle"
    roster       the platform's own file, to be filled in
    by_question  a column for each question
    named        Canvas's titles of our chapters, where they differ
    chapter      chapter of a Moodle worksheet; None: the one that the class has
    identifier   which field names a student in Moodle: "username", "email" or "idnumber"
    comments     whether Moodle is to tell students what went wrong
    """

    form: str = "csv"
    roster: Path | None = None
    by_question: bool = False
    named: dict[str, str] = {}
    chapter: str | None = None
    identifier: str = "username"
    comments: bool = False


class QuotedCsvExport(ExportPlugin):
    """nbgrader's CSV export, column by column, with quotes where a name holds a comma."""

    def export(self, gradebook: Gradebook) -> None:
        """Write a line for each student and assignment to the file `to`; no score: not handed in, or not all marked."""
        with Path(self.to).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            handed_in, students = _handed_in(gradebook), gradebook.students
            for one in gradebook.assignments:
                writer.writerows(_line(one, student, handed_in.get((one.id, student.id))) for student in students)


def write_export(course: ClassDirectory, choice: Choice, to: Path | None = None) -> tuple[list[Path], list[str]]:
    """Write the marks of a class; return the files, and a line for all that has no mark or did not fit.

    to  the file; default: in the class's folder

    Raises GraderError where nothing is released, or the choice does not fit the class or the roster.
    """
    _require_choice(choice)
    scores = read_scores(course)
    columns = columns_of(scores, choice.by_question or choice.form == "csv")
    if not columns:
        raise GraderError("Nobody has a mark yet. Run `course grade` first.")
    to = to or _place(course, choice)
    if choice.roster and to.resolve() == choice.roster.resolve():
        raise GraderError(f"{to.name} is the roster itself; it stays as it is. Name another file with --to.")
    to.parent.mkdir(parents=True, exist_ok=True)
    if choice.form == "csv":
        return _write_csv(course, scores, columns, to), list(left_empty(scores, columns))
    if choice.form == "canvas" and choice.roster:
        remarks = fill_canvas(scores, columns, choice.roster, to, choice.named)
    elif choice.form == "canvas":
        remarks = write_canvas(scores, columns, to)
    else:
        columns, remarks = _moodle(course, scores, columns, choice, to)
    return [to], [*remarks, *left_empty(scores, columns)]


def read_names(pairs: list[str]) -> dict[str, str]:
    """Read "CHAPTER=TITLE" for Choice.named. Raises GraderError where there is no title."""
    named = {}
    for pair in pairs:
        name, _, title = pair.partition("=")
        if not title:
            raise GraderError(
                f"{pair!r} names no assignment; expected CHAPTER=TITLE, such as 02_forward_process=Week 2."
            )
        named[name] = title
    return named


def _require_choice(choice: Choice) -> None:
    if choice.roster and choice.form == "csv":
        raise GraderError("A roster is filled in for a platform: add --format canvas or --format moodle.")
    if choice.roster and choice.form == "moodle" and choice.by_question:
        raise GraderError("Moodle's worksheet has one grade a student. Leave out --roster to export by question.")


def _place(course: ClassDirectory, choice: Choice) -> Path:
    if choice.form == "csv":
        return course.folder / "marks.csv"
    return course.folder / (f"{choice.roster.stem}_filled.csv" if choice.roster else f"{choice.form}.csv")


def _moodle(
    course: ClassDirectory, scores: ClassScores, columns: list[Column], choice: Choice, to: Path
) -> tuple[list[Column], list[str]]:
    """Write one of Moodle's files; return the columns that it holds, and remarks."""
    comments = comments_of(scores, read_results(course)) if choice.comments else None
    if not choice.roster:
        return columns, write_moodle(scores, columns, to, choice.identifier, comments)
    chosen = [column for column in columns if choice.chapter in (None, column.chapter)]
    if len(chosen) != 1:
        names = ", ".join(column.chapter for column in columns)
        raise GraderError(f"A worksheet holds one chapter; say with --chapter which of {names}.")
    return chosen, fill_worksheet(scores, chosen[0], choice.roster, to, comments)


def _write_csv(course: ClassDirectory, scores: ClassScores, columns: list[Column], to: Path) -> list[Path]:
    by_question = to.with_name(f"{to.stem}_by_question{to.suffix}")
    with course.gradebook() as gradebook:
        QuotedCsvExport(to=str(to)).export(gradebook)
    with by_question.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student_id", *(f"{one.chapter} {one.cell} (of {one.most:g})" for one in columns)])
        for student in scores.people:
            writer.writerow([guarded(student), *(cell_text(scores, student, column) for column in columns)])
    return [to, by_question]


def _handed_in(gradebook: Gradebook) -> dict[tuple[str, str], tuple]:
    """Return when, with which score and penalty, and whether still to be read, in one query for the whole class."""
    found = gradebook.db.query(
        SubmittedAssignment.assignment_id,
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.score,
        SubmittedAssignment.late_submission_penalty,
        SubmittedAssignment.needs_manual_grade,
    )
    return {(assignment, student): tuple(rest) for assignment, student, *rest in found}


def _line(assignment: Assignment, student: Student, handed_in: tuple | None) -> list:
    who = [guarded(text or "") for text in (student.id, student.last_name, student.first_name, student.email)]
    if handed_in is None:
        return [assignment.name, assignment.duedate, "", *who, "", "", "", assignment.max_score]
    timestamp, raw, penalty, is_waiting = handed_in
    score = "" if is_waiting else max(0.0, raw - penalty)
    return [assignment.name, assignment.duedate, timestamp, *who, raw, penalty, score, assignment.max_score]
