"""A class of two small chapters whose marks stand in nbgrader's gradebook without a notebook having run."""

import json
import shutil
import warnings
from pathlib import Path

from class_of_sums import CHAPTER, class_of_sums
from sqlalchemy.exc import SAWarning

from course.build import build_sources
from notebook_grader.gradebook.gradebook import ClassDirectory

SECOND = "02_more_sums"
DOUBLE, TOTAL, WHY = "check_double", "check_total", "reflection_why"


def class_of_marks(folder: Path) -> ClassDirectory:
    """Release two chapters of 9 points each, the second a copy of the first: double 2, total 3, and 4 by hand."""
    paths = class_of_sums(folder)
    text = paths.solution(CHAPTER).read_text(encoding="utf-8")
    paths.solution(SECOND).write_text(text.replace("title: Sums", "title: More sums"), encoding="utf-8")
    paths.toc.write_text(paths.toc.read_text() + f"  - file: notebooks/{SECOND}\n")
    shutil.rmtree(paths.build, ignore_errors=True)
    build_sources(paths)
    course = ClassDirectory(paths.root / "class", paths.root)
    course.release([CHAPTER, SECOND], paths)
    return course


def put_marks(course: ClassDirectory, student: str, chapter: str = CHAPTER, penalty: float = 0, **points) -> None:
    """Give a student marks; a cell that is not named has no mark yet and waits for a reader.

    points  "double", "total" and "why"; a tuple (automatic, manual) stands for a mark that a person has changed
    """
    with course.gradebook() as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 sets its own off at each new submission
        gradebook.update_or_create_student(student)
        submission = gradebook.add_submission(chapter, student)
        submission.notebooks[0].late_submission_penalty = penalty
        for grade in submission.notebooks[0].grades:
            mark = points.get(grade.name.partition("_")[2])
            grade.auto_score, grade.manual_score = mark if isinstance(mark, tuple) else (mark, None)
            grade.needs_manual_grade = mark is None
        gradebook.db.commit()


def put_student(course: ClassDirectory, student: str, **known) -> None:
    """Make a student known: first_name, last_name, email, lms_user_id."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student, **known)


def put_result(course: ClassDirectory, student: str, chapter: str = CHAPTER, **fields) -> Path:
    """Write the result of a hand-in, as the grader does."""
    path = course.result(student, chapter)
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {"student": student, "chapter": chapter, "marks": [], "mended": [], "problem": ""} | fields
    path.write_text(json.dumps(result), encoding="utf-8")
    return path
