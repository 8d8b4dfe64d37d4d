"""The one writer into nbgrader's gradebook: results become what `nbgrader autograde` would have left behind.

One session serves all students, and one transaction a submission. To write a result twice changes nothing.
"""

import fcntl
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, SaveAutoGrades
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_locked, is_solution, is_task
from sqlalchemy.exc import SAWarning
from traitlets.utils.importstring import import_item

from notebook_grader import GraderError
from notebook_grader.gradebook.executor import GradingExecute
from notebook_grader.gradebook.gradebook import ClassDirectory, Mark
from notebook_grader.intake.mending import NOTES_ID
from notebook_grader.store.store import write_whole
from notebook_grader.store.submission import Graded, Submission

_READ_ONLY = 0o444  # as nbgrader leaves what it graded
# What the writer does itself, or what was done before: all metadata of a mended notebook is the release's own.
_OURS = (GradingExecute, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)


@contextmanager
def open_writer(course: ClassDirectory) -> Iterator["GradebookWriter"]:
    """Hold the gradebook of a class for writing.

    Raises GraderError where another process does so.
    """
    with (course.folder / ".writing").open("w") as lock, course.gradebook() as gradebook, warnings.catch_warnings():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GraderError(
                f"Another `course grade` or `course collect` writes into {course.folder}. Wait until it has ended."
            ) from None
        warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 sets its own off at each new submission
        yield GradebookWriter(course, gradebook)


class GradebookWriter:
    """Writes results of a class; use `open_writer`."""

    def __init__(self, course: ClassDirectory, gradebook: Gradebook):
        self._course, self._gradebook = course, gradebook
        gradebook.db().expire_on_commit = False  # nobody else writes: what was read stays true
        config = course.config
        self._penalties = AssignLatePenalties(config=config, log=course.log)
        self._penalties.init_plugin()
        stages = Autograde(config=config, coursedir=course.api.coursedir).autograde_preprocessors
        kinds = [import_item(one) if isinstance(one, str) else one for one in stages]
        self._stages = [kind(config=config, log=course.log) for kind in kinds if kind not in _OURS]

    def register(self, student: str) -> None:
        """Make a student known, so that exports list them even where nothing could be graded."""
        self._gradebook.update_or_create_student(student)

    def write(self, submission: Submission, graded: Graded) -> list[Mark]:
        """Bring one result into gradebook and folders; return the marks that hold now, a person's before ours."""
        student, chapter = submission.student, submission.chapter
        notebook = self._finished(submission, nbformat.from_dict(graded.notebook))
        before = self._before(student, chapter)
        try:
            grades = self._write_marks(submission, notebook, before)
        except BaseException:
            self._gradebook.db.rollback()
            raise
        self._write_files("submitted", submission, nbformat.from_dict(submission.notebook), 0o644)
        self._write_files("autograded", submission, notebook, _READ_ONLY)
        return [_mark(mark, grades[mark["name"]]) for mark in graded.result["marks"]]

    def _finished(self, submission: Submission, notebook: NotebookNode) -> NotebookNode:
        """Let nbgrader's other stages after the run have the notebook: limits of outputs, and what is configured."""
        course = self._course.api.coursedir
        names = {"student": submission.student, "assignment": submission.chapter, "notebook": submission.chapter}
        for stage in self._stages:
            notebook, _ = stage.preprocess(notebook, {"nbgrader": names | {"db_url": course.db_url}})
        return notebook

    def _before(self, student: str, chapter: str) -> "_Answers":
        """Return the texts of the cells that were marked last, by their names; empty where nothing was."""
        try:
            path = self._notebook_file("autograded", student, chapter)
            notebook = rejoin_lines(nbformat.from_dict(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError):
            return {}
        return _answers(notebook.cells)

    def _write_marks(self, submission: Submission, notebook: NotebookNode, before: "_Answers") -> dict[str, Grade]:
        db, answers = self._gradebook.db, _answers(notebook.cells)
        submitted = self._submission(submission)
        page = self._gradebook.find_submission_notebook(submission.chapter, submission.chapter, submission.student)
        grades, comments = self._rows(Grade, page), self._rows(Comment, page)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if is_grade(cell):
                own = {name} if is_solution(cell) else _code(before) | _code(answers)
                _set_grade(grades[name], cell, any(before.get(one) != answers.get(one) for one in own))
            if is_solution(cell) or is_task(cell):
                _set_comment(comments[name], cell)
        db.flush()
        self._set_penalty(submitted, page)
        db.commit()
        return grades

    def _submission(self, submission: Submission) -> SubmittedAssignment:
        given = {"timestamp": submission.timestamp} if submission.timestamp else {}
        self._gradebook.update_or_create_student(submission.student)
        return self._gradebook.update_or_create_submission(submission.chapter, submission.student, **given)

    def _rows(self, kind: type[Grade] | type[Comment], page: SubmittedNotebook) -> dict:
        rows = self._gradebook.db.query(kind, BaseCell).join(BaseCell, BaseCell.id == kind.cell_id)
        return {cell.name: row for row, cell in rows.filter(kind.notebook_id == page.id).populate_existing()}

    def _set_penalty(self, submitted: SubmittedAssignment, page: SubmittedNotebook) -> None:
        """Do what nbgrader's AssignLatePenalties does, with its configured plugin, in this session."""
        page.late_submission_penalty, seconds = None, submitted.total_seconds_late
        if seconds <= 0:
            return
        self._gradebook.db.refresh(page, ["score"])
        penalty = self._penalties.plugin_inst.late_submission_penalty(submitted.student_id, page.score, seconds)
        if penalty is not None:
            page.late_submission_penalty = self._penalties._check_late_penalty(page, penalty)

    def _write_files(self, step: str, submission: Submission, notebook: NotebookNode, mode: int) -> None:
        path = self._notebook_file(step, submission.student, submission.chapter)
        write_whole(path, nbformat.writes(notebook) + "\n", mode)
        when = path.with_name("timestamp.txt")
        if submission.timestamp:
            write_whole(when, submission.timestamp, mode)
        else:
            when.unlink(missing_ok=True)

    def _notebook_file(self, step: str, student: str, chapter: str) -> Path:
        return self._course.place(step, student, chapter) / f"{chapter}.ipynb"


_Answers = dict[str, tuple[str, str]]  # kind and text of a cell, by its name or its place


def _answers(cells: list[NotebookNode]) -> _Answers:
    """Return the texts that are the student's."""
    own = [cell for cell in cells if not is_locked(cell) and cell.id != NOTES_ID]
    return {cell.metadata.get("nbgrader", {}).get("grade_id", cell.id): (cell.cell_type, cell.source) for cell in own}


def _code(answers: _Answers) -> set[str]:
    return {name for name, (kind, _) in answers.items() if kind == "code"}


def _set_grade(grade: Grade, cell: NotebookNode, has_changed: bool) -> None:
    """Set an automatic mark. A person's mark stands; it waits for a second look where what it judged has changed."""
    points, _ = determine_grade(cell)
    if grade.manual_score is None:
        grade.needs_manual_grade = points is None
    elif has_changed or grade.auto_score != points:
        grade.needs_manual_grade = True
    grade.auto_score = points


def _set_comment(comment: Comment, cell: NotebookNode) -> None:
    is_untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
    comment.auto_comment = "No response." if is_untouched else None


def _mark(mark: dict, grade: Grade) -> Mark:
    """Return the mark that holds: a person's before ours; an answer that waits for a reader has no points yet."""
    points = grade.auto_score if grade.manual_score is None else grade.manual_score
    points = None if points is None else points + (grade.extra_credit or 0.0)
    return Mark(mark["name"], points, mark["max_points"], mark["by_hand"])
