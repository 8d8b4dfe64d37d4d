"""Mistakes on record cost their points when a class is graded, and the student reads what they are."""

import nbformat
import pytest
from sample_marks import GradedClass

from course.sample_class.material import answers_on_record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # a class or a site of all chapters is made first


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> GradedClass:
    return GradedClass(tmp_path_factory.mktemp("mistakes"), lambda student: student.name.startswith("mistaken"))


def test_no_mistake_gets_a_point(graded):
    assert [line for student in graded.students for line in graded.wrong_marks(student)] == []


def test_each_exercise_has_as_many_mistakes_as_there_are_students(graded):
    ranks = range(len(graded.students))
    for exercise in (exercise for chapter in graded.chapters for exercise in chapter.exercises):
        assert len(answers_on_record("wrong", exercise)) > max(ranks), exercise


def test_every_lost_point_comes_with_a_report(graded):
    silent = []
    for student, chapter in graded.outcomes:
        path = graded.course.place("autograded", student, chapter) / f"{chapter}.ipynb"
        for cell in nbformat.read(path, as_version=4).cells:
            errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
            if cell.metadata.get("nbgrader", {}).get("locked") and not _is_report(errors):
                silent.append((student, chapter, cell.id, str(errors)[:300]))
    assert silent == []


def _is_report(errors: list) -> bool:
    """Tell whether a check's report stands there, and not that the answer could not run in the chapter."""
    (error,) = errors
    report = "\n".join(error.traceback)
    return error.ename == "CheckFailed" and "symptom" in report and "NameError" not in report
