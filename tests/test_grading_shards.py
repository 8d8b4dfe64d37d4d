"""A class in shares on several machines, a cluster, and a student graded again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from class_of_sums import CHAPTER, hand_in
from fake_engine import open_fake_engine
from scaled_class import copied, environment, in_gradebook, released_class, runs, write_hand_in
from typer.testing import CliRunner

from course.cli import app
from course.paths import ROOT
from notebook_grader import GraderError
from notebook_grader.batch.pool import DaskPool, LocalPool
from notebook_grader.batch.regrade import regrade
from notebook_grader.batch.run import grade_class
from notebook_grader.batch.shards import Shard, collect, grade_shard, read_shard
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.intake.handins import HandIn

pytestmark = pytest.mark.slow

STUDENTS = [f"student{number:02d}" for number in range(8)]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ClassDirectory:
    return released_class(tmp_path_factory.mktemp("released"))


@pytest.fixture
def course(released, tmp_path) -> ClassDirectory:
    return copied(released, tmp_path)


@pytest.fixture
def hand_ins(course, tmp_path) -> Path:
    for student in STUDENTS:
        write_hand_in(course, tmp_path / "in", student, "right" if student < STUDENTS[5] else "wrong")
    hand_in(tmp_path / "in", "letter", "My notebook is in the cloud.")
    (tmp_path / "in" / "loose.ipynb").write_text("{}")
    return tmp_path / "in"


@pytest.fixture
def log(tmp_path, monkeypatch) -> Path:
    """Return where the fake engine notes what it ran."""
    folder = tmp_path / "log"
    folder.mkdir()
    monkeypatch.setenv("FAKE_ENGINE_FOLDER", str(folder))
    return folder


def share(course: ClassDirectory, folder: Path, number: int, of: int, to: Path, log: Path) -> subprocess.Popen:
    """Start grading a share in a process of its own, as another machine would."""
    code = f"""
from pathlib import Path
from fake_engine import open_fake_engine
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.batch.pool import LocalPool
from notebook_grader.batch.shards import Shard, grade_shard
if __name__ == "__main__":
    course = ClassDirectory(Path({str(course.folder)!r}), Path({str(course.folder.parent)!r}))
    to, shard = Path({str(to)!r}), Shard({number}, {of})
    grade_shard(course, Path({str(folder)!r}), shard, to, pool=LocalPool(1), open_engine=open_fake_engine)
"""
    script = log / f"share{number}.py"
    script.write_text(code)
    return subprocess.Popen([sys.executable, str(script)], cwd=ROOT, env=environment(log))


def told(outcomes) -> list:
    return sorted((one.student, one.chapter, one.marks, one.mended, one.problem) for one in outcomes)


def test_shares_of_separate_processes_give_the_gradebook_of_one_run(course, released, hand_ins, log, tmp_path):
    machine = copied(released, tmp_path / "machine")
    for step in ("gradebook.db", "source"):  # a machine that grades a share has neither
        path = machine.folder / step
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    out = [tmp_path / "out" / str(number) for number in (1, 2)]
    processes = [share(machine, hand_ins, number, 2, out[number - 1], log) for number in (1, 2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert Counter(runs(log)) == dict.fromkeys(STUDENTS, 1)
    assert not (machine.folder / "gradebook.db").exists()
    outcomes = collect(course, out)
    whole = copied(released, tmp_path / "whole")
    expected = grade_class(whole, hand_ins, pool=LocalPool(1), open_engine=open_fake_engine)
    assert in_gradebook(course) == in_gradebook(whole)
    assert told(outcomes) == told(expected)
    before = in_gradebook(course)
    assert told(collect(course, out)) == told(expected) and in_gradebook(course) == before


def test_a_share_that_is_not_done_is_missed_and_goes_on_where_it_was(course, hand_ins, log, tmp_path):
    out = tmp_path / "out"
    options = {"pool": LocalPool(1), "open_engine": open_fake_engine}
    grade_shard(course, hand_ins, Shard(1, 2), out, **options)
    with pytest.raises(GraderError, match="not done: 2. Run `course grade --shard 2/2` again"):
        collect(course, [out])
    first = len(runs(log))
    grade_shard(course, hand_ins, Shard(2, 2), out, **options)
    grade_shard(course, hand_ins, Shard(1, 2), out, **options)
    assert 0 < first < len(STUDENTS) == len(runs(log))
    assert len(collect(course, [out])) == len(STUDENTS) + 2


def test_a_lost_result_stops_the_collection_with_its_name(course, hand_ins, tmp_path):
    grade_shard(course, hand_ins, Shard(1, 1), tmp_path / "out", pool=LocalPool(1), open_engine=open_fake_engine)
    (lost,) = (tmp_path / "out" / STUDENTS[3]).glob("*/*.json")
    lost.write_text(lost.read_text()[:100])
    with pytest.raises(GraderError, match=f"lost the result of {STUDENTS[3]}, {CHAPTER}"):
        collect(course, [tmp_path / "out"])


def test_a_share_that_was_graded_with_other_tests_is_not_taken(course, hand_ins, tmp_path):
    copy = course.tests_copy(CHAPTER)
    copy.write_text(copy.read_text().replace("1e300", "1e200"))
    grade_shard(course, hand_ins, Shard(1, 1), tmp_path / "out", pool=LocalPool(1), open_engine=open_fake_engine)
    with pytest.raises(GraderError, match=f"other tests of {CHAPTER}"):
        collect(course, [tmp_path / "out"])


def test_lists_of_different_runs_are_not_mixed(course, tmp_path):
    for name in ("shard-1-of-2.json", "shard-1-of-3.json"):
        (tmp_path / name).write_text("[]")
    with pytest.raises(GraderError, match="lists of 2 and of 3 shares"):
        collect(course, [tmp_path])
    with pytest.raises(GraderError, match="no finished share"):
        collect(course, [tmp_path / "other"])


@pytest.mark.parametrize("of", [1, 3, 7])
def test_every_hand_in_is_in_one_share_and_the_shares_are_even(of):
    names = [HandIn(f"student{number}", CHAPTER, Path()) for number in range(300)]
    counts = [sum(Shard(number, of).holds(one) for one in names) for number in range(1, of + 1)]
    assert sum(counts) == 300 and min(counts) > 300 / of * 0.6
    assert all(sum(Shard(number, of).holds(one) for number in range(1, of + 1)) == 1 for one in names)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/3/5", "-1/3"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(GraderError, match="expected the third of eight as 3/8"):
        read_shard(text)


def test_a_class_that_was_not_released_here_says_what_a_share_needs(course, hand_ins, tmp_path):
    shutil.rmtree(course.folder / "tests")
    with pytest.raises(GraderError, match="Run `course release` there"):
        grade_shard(course, hand_ins, Shard(1, 1), tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "spark"], "expected local or dask"),
        (["--engine", "dask"], "--engine dask --scheduler ADDRESS"),
        (["--scheduler", "tcp://x:1"], "--engine dask --scheduler ADDRESS"),
        (["--shard", "1/2"], "--shard 3/8 --out FOLDER"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(course, hand_ins, words, said):
    result = CliRunner().invoke(app, ["grade", str(hand_ins), "--course", str(course.folder), *words])
    assert result.exit_code == 2 and said in " ".join(re.sub(r"[│\n]", " ", result.stderr).split())


@pytest.fixture
def cluster(log, monkeypatch):
    """Hold a scheduler and two workers, each a process that was started by hand; return address and workers."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    quiet = {"env": environment(log), "cwd": ROOT, "stdout": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.PIPE, text=True, **quiet)
    address = next(match[0] for line in scheduler.stderr if (match := re.search(r"tcp://127[\d.:]+", line)))
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    options = {**quiet, "stderr": subprocess.DEVNULL, "start_new_session": True}
    workers = [subprocess.Popen([*command, "--local-directory", str(log)], **options) for _ in range(2)]
    yield address, workers
    for process in [*workers, scheduler]:
        process.kill()
        process.wait()
    scheduler.stderr.close()


def worker_processes(nanny: subprocess.Popen) -> list[int]:
    """Return what a nanny started: its worker, and helpers of that."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return [pid for pid, parent in parents.items() if parent == nanny.pid]


def test_on_a_cluster_a_worker_that_is_killed_in_the_middle_costs_nobody_a_mark(
    course, released, cluster, log, tmp_path
):
    address, workers = cluster
    for student in STUDENTS:
        write_hand_in(course, tmp_path / "in", student, "right slow")
    killed = []

    def kill_one(number, total, outcome):
        if number == 2:
            killed.extend(worker_processes(workers[0]))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    outcomes = grade_class(course, tmp_path / "in", kill_one, pool=DaskPool(address), open_engine=open_fake_engine)
    assert killed and [(one.student, one.points, one.problem) for one in outcomes] == [
        (name, 2, "") for name in STUDENTS
    ]
    whole = copied(released, tmp_path / "whole")
    grade_class(whole, tmp_path / "in", pool=LocalPool(1), open_engine=open_fake_engine)
    assert in_gradebook(course) == in_gradebook(whole)


def test_without_a_scheduler_the_address_is_named():
    with pytest.raises(GraderError, match="No Dask scheduler answers at tcp://127.0.0.1:1"):
        DaskPool("tcp://127.0.0.1:1", patience=1)


def test_without_workers_the_run_is_given_up_and_says_how_to_go_on(course, hand_ins, log):
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, dashboard_address=None, processes=False) as empty:
        pool = DaskPool(empty.scheduler_address, patience=1)
        time.sleep(1.2)
        with pytest.raises(GraderError, match="goes on where it was"):
            grade_class(course, hand_ins, pool=pool, open_engine=open_fake_engine)


@pytest.fixture
def graded(course, hand_ins) -> ClassDirectory:
    grade_class(course, hand_ins, pool=LocalPool(1), open_engine=open_fake_engine)
    return course


def test_a_student_graded_again_has_the_same_marks(graded):
    before = in_gradebook(graded)
    (found,) = regrade(graded, STUDENTS[0], CHAPTER, open_fake_engine)
    assert found == (CHAPTER, True, [], [])
    assert in_gradebook(graded) == before


def test_a_mark_that_differs_is_named_with_what_has_changed(graded):
    (path,) = (graded.folder / "results" / STUDENTS[0]).glob("*/*.json")
    entry = json.loads(path.read_text())
    entry["submission"]["environment"]["torch"] = "2.12.0"
    entry["result"]["marks"][0]["points"] = 2.0000000000000004  # the next number after 2
    from notebook_grader.store.submission import Submission

    entry["result"]["key"] = Submission(**entry["submission"]).key
    path.unlink()
    path.with_stem(entry["result"]["key"]).write_text(json.dumps(entry))
    (found,) = regrade(graded, STUDENTS[0], None, open_fake_engine)
    assert not found.same and found.marks == ["check_double: 2.0 instead of 2.0000000000000004"]
    assert [cause for cause in found.causes if cause.startswith("torch: ") and cause.endswith(" instead of 2.12.0")]


@pytest.mark.parametrize("student", ["letter", "nobody"])
def test_who_has_no_stored_result_cannot_be_graded_again(graded, student):
    with pytest.raises(GraderError, match=f"No result of {student} is stored"):
        regrade(graded, student, None, open_fake_engine)


def options_of(command: str) -> set[str]:
    import typer

    return {name for option in typer.main.get_command(app).commands[command].params for name in option.opts}


def test_the_example_for_slurm_is_a_script_and_names_options_that_exist():
    text = (EXAMPLES / "slurm_array.sh").read_text()
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0
    assert {"--shard", "--out", "--course"} <= set(re.findall(r"(?<=\s)--[a-z]+(?= )", text)) & options_of("grade")
    (size,) = re.findall(r"#SBATCH --array=1-(\d+)", text)
    assert f"$SLURM_ARRAY_TASK_ID/{size}" in text or "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" in text


def test_the_example_for_kubernetes_is_an_indexed_job_whose_shares_count_from_one(tmp_path):
    job = yaml.safe_load((EXAMPLES / "kubernetes_job.yaml").read_text())
    spec = job["spec"]
    assert (job["kind"], spec["completionMode"]) == ("Job", "Indexed") and spec["completions"] >= spec["parallelism"]
    (container,) = spec["template"]["spec"]["containers"]
    fake = tmp_path / "course"
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o755)
    for index, shown in ((0, 1), (spec["completions"] - 1, spec["completions"])):
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "JOB_COMPLETION_INDEX": str(index)}
        said = subprocess.run(container["command"], env=path, capture_output=True, text=True, check=True).stdout
        assert f"--shard {shown}/{spec['completions']} " in said
