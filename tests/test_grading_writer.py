"""The one writer: what it leaves behind is what nbgrader's own autograding leaves behind, once and not twice."""

import json
import sqlite3
from pathlib import Path

import pytest
from class_of_sums import CHAPTER, answered, hand_in, position
from fake_engine import FakeEngine, open_fake_engine
from scaled_class import answer, copied, in_gradebook, material_of, released_class, write_hand_in
from two_writers import by_nbgrader, by_us, give_nbgrader_the_fake_engine

from notebook_grader import GraderError
from notebook_grader.batch.pool import LocalPool
from notebook_grader.batch.run import grade_class
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.writer import open_writer
from notebook_grader.intake.handins import HandIn
from notebook_grader.intake.taking_in import released_chapter, take_in
from notebook_grader.store.submission import Graded, Submission, grade_submission

pytestmark = pytest.mark.slow

DUE, LATE, EARLY = "2027-03-01 18:00:00 UTC", "2027-03-02 09:00:00 UTC", "2027-02-28 09:00:00 UTC"
# Words in the answers to `double` and `total`, the written answer, the time of the hand-in.
CLASS = {
    "ada": ("right", "right", "Twice a number is even.", EARLY),
    "ben": ("right", "wrong", "Because.", LATE),
    "cem": ("wrong", "wrong", "Ğ ∑ <b>bold</b>", LATE),
    "dee": ("right flood", "right", None, ""),
}


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ClassDirectory:
    """Release a class with a due date."""
    course = released_class(tmp_path_factory.mktemp("released"))
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=DUE)
    return course


@pytest.fixture(params=["none", "zero"])
def twins(request, released, tmp_path) -> tuple[ClassDirectory, ClassDirectory]:
    """Return two copies of the class: one for our writer, one for nbgrader's autograding with the same engine."""
    ours, theirs = copied(released, tmp_path / "ours"), copied(released, tmp_path / "theirs")
    for course in (ours, theirs):
        course.config.LateSubmissionPlugin.penalty_method = request.param
    give_nbgrader_the_fake_engine(theirs)
    return ours, theirs


@pytest.fixture
def course(released, tmp_path) -> ClassDirectory:
    return copied(released, tmp_path)


def handed_in(course: ClassDirectory, folder: Path, student: str, double, total, why, when) -> Submission:
    """Write a hand-in and take it in."""
    notebook = answered(material_of(course), double=answer(student, double), total=total)
    if why is not None:
        notebook["cells"][position(notebook, "reflection_why")]["source"] = why
    path = hand_in(folder, student, notebook)
    if when:
        path.with_name("timestamp.txt").write_text(when)
    return take_in(HandIn(student, CHAPTER, path), released_chapter(course, CHAPTER, course.tests(CHAPTER)))


def files(course: ClassDirectory, step: str) -> dict:
    """Return what lies in a step's folder: notebooks as data, texts, and who may write."""
    found = {}
    for path in sorted((course.folder / step).rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            content = json.loads(text) if path.suffix == ".ipynb" else text
            found[str(path.relative_to(course.folder))] = content, path.stat().st_mode & 0o777
    return found


def mark_by_hand(course: ClassDirectory, student: str, name: str, points: float) -> None:
    """Do what a person does in the formgrader."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(name, CHAPTER, CHAPTER, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def the_class(course: ClassDirectory, folder: Path) -> list[Submission]:
    return [handed_in(course, folder, student, *given) for student, given in CLASS.items()]


def test_gradebook_and_files_are_those_of_nbgraders_autograding(twins, tmp_path):
    ours, theirs = twins
    submissions = the_class(ours, tmp_path / "in")
    by_us(ours, *submissions)
    by_nbgrader(theirs, *submissions)
    assert in_gradebook(ours) == in_gradebook(theirs)
    assert len(in_gradebook(ours)["grades"]) == 3 * len(CLASS)
    assert files(ours, "autograded") == files(theirs, "autograded") != {}


def test_late_penalties_follow_the_configured_rule(twins, tmp_path):
    ours, _ = twins
    by_us(ours, *the_class(ours, tmp_path / "in"))
    late = {"ben": 2.0, "cem": 0.0} if ours.config.LateSubmissionPlugin.penalty_method == "zero" else {}
    penalties = {row[0]: row[-1] for row in in_gradebook(ours)["hand-ins"]}
    assert penalties == {student: late.get(student) for student in CLASS}


def test_after_a_changed_answer_a_persons_mark_stands_and_waits_for_a_look_as_with_nbgrader(twins, tmp_path):
    ours, theirs = twins
    first = the_class(ours, tmp_path / "in")
    second = handed_in(ours, tmp_path / "again", "ada", "wrong", "right", "I see it now.", LATE)
    for course, write in ((ours, by_us), (theirs, by_nbgrader)):
        write(course, *first)
        mark_by_hand(course, "ada", "reflection_why", 3.5)
        mark_by_hand(course, "ada", "check_double", 1.5)
        write(course, second)
    assert in_gradebook(ours) == in_gradebook(theirs)
    waits = {row[2]: (row[4], row[6]) for row in in_gradebook(ours)["grades"] if row[0] == "ada"}
    assert waits["reflection_why"] == (3.5, 1) and waits["check_double"] == (1.5, 1)


def test_writing_the_same_twice_changes_nothing(course, tmp_path):
    submissions = the_class(course, tmp_path / "in")
    by_us(course, *submissions)
    mark_by_hand(course, "ada", "reflection_why", 3.5)
    mark_by_hand(course, "ben", "check_total", 1.0)
    before = all_rows(course), times(course)
    by_us(course, *submissions, *submissions)
    assert (all_rows(course), times(course)) == before


def all_rows(course: ClassDirectory) -> list:
    """Return the whole database, random names included."""
    with sqlite3.connect(course.folder / "gradebook.db") as connection:
        return list(connection.iterdump())


def times(course: ClassDirectory) -> dict:
    steps = [course.folder / step for step in ("mended", "autograded")]
    return {path: path.stat().st_mtime_ns for step in steps for path in step.rglob("*")}


def test_after_a_changed_test_a_persons_mark_of_an_unchanged_answer_is_left_in_peace(course, tmp_path):
    submission = handed_in(course, tmp_path / "in", "ada", *CLASS["ada"])
    by_us(course, submission)
    mark_by_hand(course, "ada", "reflection_why", 3.5)
    tests = json.loads(json.dumps(submission.tests))
    tests["cells"]["check_total"]["source"] += "\n# another test"
    by_us(course, submission._replace(tests=tests))
    assert {row[2]: row[6] for row in in_gradebook(course)["grades"]}["reflection_why"] == 0


def test_the_marks_that_come_back_are_those_that_hold(course, tmp_path):
    submission = handed_in(course, tmp_path / "in", "ada", *CLASS["ada"])
    with open_writer(course) as writer:
        graded = grade_submission(submission, FakeEngine())
        assert writer.write(submission, graded) == course.marks(CHAPTER, "ada")
        mark_by_hand(course, "ada", "reflection_why", 3.5)
        marks = writer.write(submission, graded)
    assert marks == course.marks(CHAPTER, "ada") and marks[-1].points == 3.5


def test_when_writing_fails_in_the_middle_no_mark_is_half_written(course, tmp_path):
    submission = handed_in(course, tmp_path / "in", "ada", *CLASS["ada"])
    by_us(course, submission)
    before = all_rows(course)
    graded = grade_submission(handed_in(course, tmp_path / "in2", "ada", "wrong", "wrong", "?", ""), FakeEngine())
    graded.notebook["cells"][-1]["metadata"]["nbgrader"]["grade_id"] = "unknown"
    with open_writer(course) as writer, pytest.raises(KeyError):
        writer.write(submission, Graded(*graded))
    assert all_rows(course) == before


def test_there_is_one_writer(course):
    with open_writer(course), pytest.raises(GraderError, match="Wait until it has ended"), open_writer(course):
        pytest.fail("it must not open")


def test_nbgraders_feedback_reads_what_was_written(course, tmp_path):
    write_hand_in(course, tmp_path / "in", "ada")
    grade_class(course, tmp_path / "in", pool=LocalPool(1), open_engine=open_fake_engine)
    result = course.api.generate_feedback(CHAPTER, "ada", force=True)
    page = course.place("feedback", "ada", CHAPTER) / f"{CHAPTER}.html"
    assert result["success"] and "student ada" in page.read_text(encoding="utf-8")


def test_nbgraders_own_list_of_submissions_shows_what_was_written(course, tmp_path):
    by_us(course, handed_in(course, tmp_path / "in", "ben", *CLASS["ben"]))
    (shown,) = course.api.get_submissions(CHAPTER)
    assert (shown["student"], shown["score"], shown["autograded"], shown["needs_manual_grade"]) == (
        "ben",
        2,
        True,
        True,
    )
