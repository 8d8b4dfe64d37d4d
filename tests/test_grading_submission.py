"""A submission's key, and its grading as a function of it."""

import json

import nbformat
import pytest
from class_of_sums import CHAPTER
from fake_engine import FakeEngine
from scaled_class import released_class, write_hand_in

from notebook_grader.intake.handins import HandIn
from notebook_grader.intake.taking_in import released_chapter, take_in
from notebook_grader.store import environment
from notebook_grader.store.submission import Submission, environment_of, grade_submission, with_tests

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released_class(tmp_path_factory.mktemp("class"))


@pytest.fixture
def submission(course, tmp_path) -> Submission:
    return taken(course, write_hand_in(course, tmp_path, "ada"))


def taken(course, path, student="ada") -> Submission:
    chapter = released_chapter(course, CHAPTER, course.tests(CHAPTER))
    return take_in(HandIn(student, CHAPTER, path), chapter)


def test_the_key_is_the_same_for_the_same_and_after_a_way_through_json(course, submission, tmp_path):
    again = taken(course, write_hand_in(course, tmp_path / "again", "ada"))
    sent = Submission(**json.loads(json.dumps(submission._asdict())))
    assert submission.key == again.key == sent.key


def test_another_answer_gives_another_key(course, submission, tmp_path):
    assert taken(course, write_hand_in(course, tmp_path, "ada", "wrong")).key != submission.key


@pytest.mark.parametrize("part", ["limits", "environment", "tests"])
def test_each_part_that_decides_a_mark_is_in_the_key(submission, part):
    changed = json.loads(json.dumps(getattr(submission, part)))
    if part == "tests":
        changed["cells"]["check_double"]["source"] += "\nassert False"
    else:
        changed[next(iter(changed))] = "changed"
    assert submission._replace(**{part: changed}).key != submission.key


def test_what_decides_no_mark_is_not_in_the_key(submission):
    other = submission._replace(bytes=1, timestamp="2027-03-01 18:00:00 UTC")
    assert other.key == submission.key


def test_locked_cells_are_as_released_with_their_hidden_tests(course, submission):
    notebook = with_tests(submission)
    tests = course.tests(CHAPTER)["cells"]
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    assert "secret_numbers" in cells["check_double"].source == tests["check_double"]["source"]
    assert "student ada" in cells["double"].source
    assert "secret_numbers" not in json.dumps(submission.notebook)


def test_a_result_has_all_that_the_other_parts_read(submission):
    result, notebook = grade_submission(submission, FakeEngine())
    assert set(result) == {
        "key", "student", "chapter", "marks", "mended", "problem", "mistakes", "flags", "inputs", "seconds", "peak_mb",
        "bytes", "level", "timestamp",
    }  # fmt: skip
    assert [(mark["name"], mark["points"]) for mark in result["marks"]] == [
        ("check_double", 2.0), ("check_total", 0), ("reflection_why", None),
    ]  # fmt: skip
    assert (result["key"], result["problem"], result["mistakes"]) == (submission.key, "", [{"check": "check_total"}])
    assert result["bytes"] > 1000 and json.loads(json.dumps(result)) == result
    nbformat.validate(nbformat.from_dict(notebook))


def test_grading_leaves_the_submission_as_it_was(submission):
    before = json.dumps(submission._asdict())
    grade_submission(submission, FakeEngine())
    assert json.dumps(submission._asdict()) == before


def test_a_test_cell_that_gives_no_mark_is_a_problem_and_not_a_zero(submission):
    cell = next(cell for cell in submission.notebook["cells"] if "check_total" in str(cell["metadata"]))
    cell["metadata"]["nbgrader"]["solution"] = True  # code that a person marks: the course has no such cell
    result, _ = grade_submission(submission, FakeEngine())
    assert "no mark for check_total" in result["problem"]


@pytest.fixture
def checks(tmp_path, monkeypatch):
    """Put a small helpers.checks in the place of ours: `first` calls `shared`, `second` nothing."""
    for name, text in {
        "__init__": "",
        "first": "from helpers.checks import shared\n\ndef check_first(forward):\n    pass",
        "second": "def check_second(backward):\n    pass", "shared": "import math",
    }.items():  # fmt: skip
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(environment, "_CHECKS", tmp_path)
    monkeypatch.setattr(environment, "_HELPERS", tmp_path)
    environment._tree.cache_clear()
    yield tmp_path
    environment._tree.cache_clear()


@pytest.mark.parametrize(("changed", "touched"), [("first", {1}), ("shared", {1}), ("second", {2})])
def test_a_changed_check_touches_the_chapters_that_call_it(checks, changed, touched):
    cells = {1: ["check_first(forward)"], 2: ["check_second(backward)"]}
    before = {chapter: environment.checks_hash(texts) for chapter, texts in cells.items()}
    with (checks / f"{changed}.py").open("a") as file:
        file.write("\n# changed")
    assert {chapter for chapter in cells if environment.checks_hash(cells[chapter]) != before[chapter]} == touched


def test_every_check_of_ours_is_found_in_its_module():
    from helpers.checks.registry import CHECKS

    table = environment._checks_by_name()
    assert {f"check_{name}": check.__module__.split(".")[-1] for name, check in CHECKS.items()}.items() <= table.items()


def test_the_environment_names_packages_helpers_and_the_grader(course):
    parts = environment_of(course.tests(CHAPTER))
    assert {"Python", "torch", "diffusers", "transformers", "numpy", "helpers", "the grader", "checks"} <= set(parts)
    assert parts == environment_of(course.tests(CHAPTER))


def test_modules_that_write_tables_decide_no_mark_and_those_that_run_do():
    names = {path.name for path in environment._deciding()}
    assert {"verdict.py", "submission.py", "markers.py"} <= names
    assert not {"tables.py", "writer.py", "commands.py", "export.py"} & names
