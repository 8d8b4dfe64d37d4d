"""A class on many processes, stopped anywhere and continued: nothing lost, nothing done twice, no harm to others."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from class_of_sums import CHAPTER, hand_in
from fake_engine import open_fake_engine, open_no_engine
from scaled_class import copied, grading, in_gradebook, kill, released_class, runs, write_hand_in
from typer.testing import CliRunner

from course.cli import app
from course.paths import ROOT, Paths
from notebook_grader import GraderError
from notebook_grader.batch.pool import LocalPool
from notebook_grader.batch.run import Outcome, grade_class
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.tables import progress_line

pytestmark = pytest.mark.slow

STUDENTS = [f"student{number:02d}" for number in range(12)]


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ClassDirectory:
    return released_class(tmp_path_factory.mktemp("released"))


@pytest.fixture
def course(released, tmp_path) -> ClassDirectory:
    return copied(released, tmp_path)


@pytest.fixture
def hand_ins(course, tmp_path) -> Path:
    """Write twelve hand-ins; every third has the second exercise right, too."""
    return write_twelve(course, tmp_path / "in")


@pytest.fixture
def log(tmp_path, monkeypatch) -> Path:
    """Return where the fake engine notes what it ran."""
    folder = tmp_path / "log"
    folder.mkdir()
    monkeypatch.setenv("FAKE_ENGINE_FOLDER", str(folder))
    return folder


@pytest.fixture(scope="module")
def undisturbed(released, tmp_path_factory) -> dict[str, list]:
    """Return the gradebook of a class of twelve whose grading nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    course = copied(released, folder)
    write_twelve(course, folder / "in")
    grade(course, folder / "in")
    return in_gradebook(course)


def write_twelve(course: ClassDirectory, folder: Path) -> Path:
    for number, student in enumerate(STUDENTS):
        write_hand_in(course, folder, student, "right slow", "right" if number % 3 == 0 else "wrong")
    return folder


def grade(course: ClassDirectory, folder: Path, jobs: int = 2, **options) -> list[Outcome]:
    return grade_class(course, folder, pool=LocalPool(jobs), open_engine=open_fake_engine, **options)


def deserved(students: list[str]) -> list[tuple[str, float]]:
    return [(student, 5.0 if STUDENTS.index(student) % 3 == 0 else 2.0) for student in students]


def points(outcomes: list[Outcome]) -> list[tuple[str, float]]:
    return [(outcome.student, outcome.points) for outcome in outcomes]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        found += [int(path.parent.name)] if int(parent) == pid and state != "Z" else []
    return found


def all_ended(pids: list[int], patience: float = 90) -> bool:
    deadline = time.monotonic() + patience
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(is_running, pids))


def test_what_is_told_and_returned_is_in_order_though_it_ends_in_another(course, tmp_path, log):
    for student, words in (("ada", "right slow"), ("ben", "right"), ("cem", "wrong"), ("dee", "right")):
        write_hand_in(course, tmp_path / "in", student, words)
    hand_in(tmp_path / "in", "eve", "no notebook")
    told = []
    outcomes = grade(course, tmp_path / "in", tell=lambda *news: told.append(news))
    assert [outcome.student for outcome in outcomes] == ["ada", "ben", "cem", "dee", "eve"]
    assert told == [(number, 5, outcome) for number, outcome in enumerate(outcomes, 1)]
    assert [outcome.points for outcome in outcomes] == [2, 2, 0, 2, 0] and "no notebook" in outcomes[-1].problem
    assert not any(outcome.is_old for outcome in outcomes)


def test_what_has_not_changed_is_not_run_again_and_a_changed_test_is(course, tmp_path, log):
    for student in ("ada", "ben"):
        write_hand_in(course, tmp_path / "in", student)
    first = grade(course, tmp_path / "in")
    again = grade(course, tmp_path / "in")
    assert Counter(runs(log)) == {"ada": 1, "ben": 1} and all(outcome.is_old for outcome in again)
    assert points(again) == points(first)
    assert progress_line(1, 2, first[0]).endswith("(0.2 s)") and progress_line(1, 2, again[0]).endswith("(as before)")
    write_hand_in(course, tmp_path / "in", "ben", "wrong")
    assert points(grade(course, tmp_path / "in")) == [("ada", 2), ("ben", 0)]
    assert Counter(runs(log)) == {"ada": 1, "ben": 2}
    grade(course, tmp_path / "in", again=True)
    assert Counter(runs(log)) == {"ada": 2, "ben": 3}
    source = course.place("source", ".", CHAPTER) / f"{CHAPTER}.ipynb"
    text = source.read_text()
    assert "[37.5, -41, 1e300]" in text
    paths = Paths(course.folder.parent)
    paths.source(CHAPTER).write_text(text.replace("[37.5, -41, 1e300]", "[37.5, -41, 1e200]"))
    course.release([CHAPTER], paths)
    grade(course, tmp_path / "in")
    assert Counter(runs(log)) == {"ada": 3, "ben": 4}


def test_a_command_that_is_killed_again_and_again_goes_on_where_it_was(course, hand_ins, log, undisturbed):
    chance, lines = random.Random(1), (2, 1, 3)
    for count in lines:
        process = grading(course, hand_ins, log=log)
        for _ in range(count):
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.7))
        workers = children(process.pid)
        kill(process)
        assert workers and all_ended(workers)
    outcomes = grade(course, hand_ins)
    assert points(outcomes) == deserved(STUDENTS)
    assert sum(outcome.is_old for outcome in outcomes) >= max(lines)  # a line is told after the result is on disk
    most = Counter(runs(log))
    assert set(most) == set(STUDENTS) and sum(most.values()) <= len(STUDENTS) + 3 * 3
    assert in_gradebook(course) == undisturbed


def test_processes_end_without_a_word(course, hand_ins, log):
    said, _ = grading(course, hand_ins, log=log).communicate(timeout=200)
    assert [line.split()[0] for line in said.splitlines()] == [str(number) for number in range(1, 13)]


@pytest.mark.parametrize("point", ["in the marks", "before the files", "in a file"])
def test_a_writer_that_is_killed_leaves_nothing_half_done(course, hand_ins, log, point, undisturbed):
    place = {
        "in the marks": "writer.GradebookWriter._set_penalty",
        "before the files": "writer.GradebookWriter._write_files",
        "in a file": "store.os.fsync",
    }[point]
    extra = f"""
    import os, signal
    import notebook_grader.gradebook.writer as writer, notebook_grader.store.store as store
    real, calls = {place}, []
    def deadly(*arguments):
        calls.append(1)
        if len(calls) == 6:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    {place} = deadly
"""
    process = grading(course, hand_ins, log=log, extra=extra.strip())
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    outcomes = grade(course, hand_ins)
    assert points(outcomes) == deserved(STUDENTS) and any(outcome.is_old for outcome in outcomes)
    assert in_gradebook(course) == undisturbed
    assert not list(course.folder.glob("results/*/*.part"))


def test_when_a_process_dies_everybody_gets_the_mark_all_the_same(course, tmp_path, log):
    for student in STUDENTS[:5]:
        write_hand_in(course, tmp_path / "in", student, "right kill_once" if student == STUDENTS[1] else "right")
    outcomes = grade(course, tmp_path / "in")
    assert points(outcomes) == [(student, 2) for student in STUDENTS[:5]]
    assert (log / "killed").exists()


def test_who_kills_the_process_again_and_again_has_a_problem_and_nobody_else(course, tmp_path, log):
    for student in STUDENTS[:5]:
        write_hand_in(course, tmp_path / "in", student, "right kill" if student == STUDENTS[1] else "right")
    outcomes = grade(course, tmp_path / "in")
    assert points(outcomes) == [(student, 2.0 * (student != STUDENTS[1])) for student in STUDENTS[:5]]
    assert [bool(outcome.problem) for outcome in outcomes] == [False, True, False, False, False]
    assert "ended 3 times over it" in outcomes[1].problem and runs(log).count(STUDENTS[1]) == 3


def test_a_fault_of_the_engine_is_one_students_problem_and_is_tried_again(course, tmp_path, log):
    write_hand_in(course, tmp_path / "in", "ada", "right fault")
    write_hand_in(course, tmp_path / "in", "ben")
    for tries in (1, 2):
        first, second = grade(course, tmp_path / "in")
        assert "the grader failed: RuntimeError: the engine has a fault" in first.problem and second.points == 2
        assert runs(log).count("ada") == tries


def test_without_an_engine_nobody_is_graded_and_the_reason_is_said(course, tmp_path):
    write_hand_in(course, tmp_path / "in", "ada")
    with pytest.raises(GraderError, match="there is no engine on this machine"):
        grade_class(course, tmp_path / "in", pool=LocalPool(1), open_engine=open_no_engine)


def test_ctrl_c_ends_all_processes_at_once_and_the_next_run_goes_on(course, hand_ins, log):
    write_hand_in(course, hand_ins, STUDENTS[2], "right endless")
    process = grading(course, hand_ins, log=log)
    process.stdout.readline()
    process.stdout.readline()
    workers = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to all of them
    said, _ = process.communicate(timeout=90)
    assert process.returncode not in (0, None) and said.count("Traceback") <= 1 and "KeyboardInterrupt" in said
    assert workers and all_ended(workers)
    write_hand_in(course, hand_ins, STUDENTS[2], "right slow")
    outcomes = grade(course, hand_ins)
    assert points(outcomes) == deserved(STUDENTS) and outcomes[0].is_old and outcomes[1].is_old


def test_after_ctrl_c_the_command_says_how_to_go_on(course, hand_ins, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("notebook_grader.batch.run.grade_class", interrupted)
    result = CliRunner().invoke(app, ["grade", str(hand_ins), "--course", str(course.folder)])
    assert result.exit_code == 130 and "the same command goes on where it was" in " ".join(result.stdout.split())


def test_importing_the_grader_imports_no_dask():
    modules = "notebook_grader.batch.run, course.grading.commands"
    code = f"import sys, {modules}; print('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
