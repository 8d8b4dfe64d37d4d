"""The sample class on the real chapters: honest, unlucky and unusual students get the marks that they deserve."""

import pytest
from sample_marks import GradedClass

from course.sample_class import make_class

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # a class or a site of all chapters is made first

STUDENTS = (
    "solved", "untouched", "half_done", "tampered_tests", "deleted_tests", "duplicated_cells", "split_cells", "colab",
    "vs_code", "warnings", "endless_loop", "stubborn_loop", "sys_exit", "killed_process", "half_cuda", "no_notebook",
    "unusual_1", "unusual_2", "unusual_3", "unusual_4",
)  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> GradedClass:
    return GradedClass(tmp_path_factory.mktemp("sample"), lambda student: not student.name.startswith("mistaken"))


@pytest.mark.parametrize("name", STUDENTS)
def test_a_student_gets_the_marks_that_are_deserved(graded, name):
    (student,) = [student for student in graded.students if student.name == name]
    assert graded.wrong_marks(student) == []


def test_nobody_is_left_out(graded):
    assert {student.name for student in graded.students} >= set(STUDENTS)
    assert [line for student in graded.students for line in graded.wrong_marks(student)] == []


def test_every_chapter_gives_the_solution_full_marks_and_the_untouched_notebook_none(graded):
    for chapter in graded.chapters:
        solved, untouched = graded.outcomes["solved", chapter.name], graded.outcomes["untouched", chapter.name]
        assert solved.points == sum(mark.max_points for mark in solved.marks if not mark.by_hand) > 0
        assert [mark.points for mark in untouched.marks] == [0] * len(untouched.marks)


def test_what_was_mended_is_told(graded):
    for chapter in graded.chapters:
        assert graded.outcomes["solved", chapter.name].mended == []
    for (student, name), outcome in graded.outcomes.items():
        (exercises,) = [chapter.exercises for chapter in graded.chapters if chapter.name == name]
        if student == "colab":
            assert "lost nbgrader's metadata" in outcome.mended[0]
        if student == "split_cells":
            assert len(outcome.mended) == len(exercises)


def test_the_class_of_the_demo_is_small_and_has_somebody_of_each_kind(graded, tmp_path):
    students = make_class(tmp_path, graded.chapters, small=True)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*.ipynb"))
    assert len(files) <= 20
    assert {path.parts[0] for path in files} == {student.name for student in students}
    assert {path.stem for path in files} == {chapter.name for chapter in graded.chapters}
    assert sum(student.refused for student in students) == 1
