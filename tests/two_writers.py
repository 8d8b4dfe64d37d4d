"""Two ways to write a class's marks, without a run, with the fake engine: ours, and nbgrader's autograding."""

import nbformat
from class_of_sums import CHAPTER
from fake_engine import FakeEngine

from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.writer import open_writer
from notebook_grader.store.submission import Submission, grade_submission

_STAGES = ("LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata")


def give_nbgrader_the_fake_engine(course: ClassDirectory) -> None:
    """Let the autograding of a class take its outputs from the fake engine."""
    course.config.Autograde.autograde_preprocessors = [
        "fake_engine.FakeExecute", *(f"nbgrader.preprocessors.{stage}" for stage in _STAGES),
    ]  # fmt: skip


def by_us(course: ClassDirectory, *submissions: Submission) -> None:
    """Grade and write submissions with our writer."""
    with open_writer(course) as writer:
        for submission in submissions:
            writer.write(submission, grade_submission(submission, FakeEngine()))


def by_nbgrader(course: ClassDirectory, *submissions: Submission) -> None:
    """Grade and write submissions with nbgrader's own autograding."""
    for submission in submissions:
        place = course.place("submitted", submission.student, CHAPTER)
        place.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.from_dict(submission.notebook), place / f"{CHAPTER}.ipynb")
        if submission.timestamp:
            (place / "timestamp.txt").write_text(submission.timestamp)
        result = course.api.autograde(CHAPTER, submission.student, force=True, create=True)
        assert result["success"], result
