"""The `course` command: what it says, and its exit code."""

import subprocess
import sys
from pathlib import Path

import pytest
from small_course import CHAPTER, edit, small_course
from typer.testing import CliRunner

from course import cli
from course.console import step
from course.paths import ROOT, Paths, repository_url


@pytest.fixture
def course(tmp_path, monkeypatch) -> Paths:
    """Let the command work on the small course."""
    paths = small_course(tmp_path)
    monkeypatch.setattr(cli, "Paths", lambda: paths)
    return paths


def call(*words: str):
    return CliRunner().invoke(cli.app, list(words))


def test_help_lists_every_command_with_a_line():
    lines = call("--help").stdout.splitlines()
    for name in (
        "build",
        "check",
        "execute",
        "site",
        "demo",
        "publish",
        "release",
        "grade",
        "feedback",
        "export",
    ):
        assert any(line.split()[:1] == [name] and len(line.split()) > 3 for line in lines), name


def test_one_chapter_is_built_by_its_number(course):
    result = call("build", "1")
    assert result.exit_code == 0 and result.stdout.endswith("1 chapter\n"), result.stdout
    assert course.notebook(CHAPTER).is_file()


def test_an_unknown_chapter_and_an_unknown_exercise_are_messages(course):
    assert "No chapter is called '7'; expected a number or one of 01_small_chapter" in call("build", "7").stderr
    assert "No exercise is called 'halv'; expected one of halve" in call("test", "halv").stderr


def test_build_says_how_many_chapters(course):
    result = call("build")
    assert (
        result.exit_code == 0
        and result.stdout.startswith("building the notebooks ...")
        and "1 chapter\n" in result.stdout
    )
    assert course.notebook(CHAPTER).is_file()


def test_check_says_that_nothing_differs(course):
    call("build")
    assert "no difference" in call("check").stdout


def test_an_error_of_the_course_is_a_message_and_not_a_traceback(course):
    edit(course, "### END SOLUTION", "### END SOLUTON")
    result = call("build")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert f"course build: solutions/{CHAPTER}.py:" in result.stderr and "failed" in result.stdout


def test_an_unknown_command_is_refused():
    result = call("biuld")
    assert result.exit_code == 2 and "biuld" in result.stderr


@pytest.mark.slow
def test_execute_prints_time_and_peak_memory(course):
    result = call("execute")
    assert result.exit_code == 0, result.output
    assert CHAPTER in result.stdout and "peak memory" in result.stdout and " MB" in result.stdout


def test_a_step_prints_its_label_before_and_its_time_after(capsys):
    with step("counting") as remark:
        assert capsys.readouterr().out == "counting ... "
        remark("3 found")
    assert capsys.readouterr().out.endswith(" s, 3 found\n")


def test_the_repositorys_address_is_read_from_the_configuration():
    assert repository_url(ROOT).startswith("https://")


@pytest.mark.parametrize("text", ["title: x\n", "repository:\n  url: github.com/x/y\n"])
def test_a_missing_or_odd_address_is_an_error(course, text):
    course.config.write_text(text)
    result = call("build")
    assert result.exit_code == 1 and "repository.url" in result.stderr


def test_outside_a_checkout_the_command_says_so(course):
    course.toc.unlink()
    result = call("build")
    assert result.exit_code == 1 and "_toc.yml was not found" in result.stderr


def test_nbgraders_commands_are_found_where_the_environment_is_not_activated():
    code = "import course, shutil; print(shutil.which('alembic'))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(Path(sys.executable).parent / "alembic")
