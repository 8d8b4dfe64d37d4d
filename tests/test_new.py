"""`course new`: what it writes builds once it is filled in, and not before."""

import shutil

import pytest
from small_course import CHAPTER, small_course
from typer.testing import CliRunner

from course import CourseError, cli
from course.answers import answers_of
from course.authoring import read_chapter
from course.build import build_sources
from course.new import TO_FILL_IN, new_chapter, new_exercise
from course.paths import ROOT, Paths
from course.rules import require_rules
from helpers.checks.registry import CHECKS
from helpers.checks.report import CheckFailed


@pytest.fixture
def course(tmp_path) -> Paths:
    return small_course(tmp_path)


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    """What a test registers is gone behind it."""
    for name in ("twice", "thrice"):
        monkeypatch.delitem(CHECKS, name, raising=False)
    yield
    for name in ("twice", "thrice"):
        CHECKS.pop(name, None)


def filled_in(text: str) -> str:
    return text.replace(TO_FILL_IN, "Halves it")


def test_an_exercise_is_three_files_with_places_to_fill_in(course):
    files = new_exercise(course, "twice", "1")
    assert files == [course.solution(CHAPTER), course.checks(CHAPTER), course.answers("twice")]
    assert all(TO_FILL_IN in path.read_text() for path in files)


def test_what_waits_to_be_filled_in_is_asked_for_by_file_and_line(course):
    for path in new_exercise(course, "twice", "1"):
        line = next(n for n, line in enumerate(path.read_text().splitlines(), 1) if TO_FILL_IN in line)
        with pytest.raises(CourseError, match=rf"{course.shown(path)}:{line}: `.*` waits to be filled in"):
            build_sources(course)
        path.write_text(filled_in(path.read_text()))


def test_the_cells_keep_the_rules_once_they_are_filled_in(course):
    new_exercise(course, "twice", "1")
    path = course.solution(CHAPTER)
    text = filled_in(path.read_text()).replace("check_twice", "check_snr")  # one that helpers has
    path.write_text(text)
    require_rules(read_chapter(path))


def test_the_check_accepts_the_right_answer_and_names_the_wrong_one(course, capsys):
    new_exercise(course, "twice", "1")
    source = course.checks(CHAPTER)
    source.write_text(filled_in(source.read_text()))
    checks: dict = {}
    exec(compile(source.read_text(), str(source), "exec"), checks)
    answers = answers_of(course, "twice")
    exec(answers.right["plain"], names := {})
    checks["check_twice"](names["twice"])
    assert capsys.readouterr().out.startswith("✓ twice")
    exec(answers.wrong["fill_in"], names := {})
    with pytest.raises(CheckFailed) as failure:
        checks["check_twice"](names["twice"])
    assert failure.value.mistake.name == "fill_in"


def test_an_old_module_of_checks_gets_the_imports_that_it_lacks(course):
    course.checks(CHAPTER).parent.mkdir(parents=True)
    course.checks(CHAPTER).write_text('"""Checks."""\n\nimport torch\n\nfrom helpers.checks.registry import check\n')
    new_exercise(course, "thrice", "1")
    text = filled_in(course.checks(CHAPTER).read_text())
    assert text.count("import check\n") == 1 and "import nearest, same" in text
    exec(compile(text, "chapter", "exec"), {})


@pytest.mark.parametrize(
    ("name", "chapter", "reason"),
    [
        ("two words", "1", "is no name of a function"),
        ("twice", "7", "No chapter is called '7'"),
        ("known", "1", "tests/answers/known.py exists"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_and_nothing_is_written(course, name, chapter, reason):
    course.answers("known").parent.mkdir(parents=True)
    course.answers("known").write_text("")
    before = course.solution(CHAPTER).read_text()
    with pytest.raises(CourseError, match=reason):
        new_exercise(course, name, chapter)
    assert course.solution(CHAPTER).read_text() == before and not course.checks(CHAPTER).exists()


def test_a_chapter_is_a_source_and_a_line_in_the_list(course, monkeypatch):
    monkeypatch.setattr(cli, "Paths", lambda: course)
    result = CliRunner().invoke(cli.app, ["new", "chapter", "02_latents"])
    assert result.exit_code == 0 and "wrote solutions/02_latents.py" in result.stdout
    assert course.chapters() == [CHAPTER, "02_latents"]
    course.solution("02_latents").write_text(filled_in(course.solution("02_latents").read_text()))
    require_rules(read_chapter(course.solution("02_latents")))


@pytest.mark.parametrize(
    ("name", "reason"), [("latents", "is no name of a chapter"), ("01_x", f"{CHAPTER} has the number 01 already")]
)
def test_a_chapter_whose_name_does_not_fit_is_refused(course, name, reason):
    with pytest.raises(CourseError, match=reason):
        new_chapter(course, name)


def test_a_chapter_goes_behind_the_last_one_of_the_real_list(tmp_path):
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    paths = Paths(tmp_path)
    new_chapter(paths, "15_latents")
    assert paths.chapters()[-2:] == ["14_the_app", "15_latents"]
