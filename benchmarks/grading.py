"""Submissions a second, by stock `nbgrader autograde` and by ours, with equal marks.

    python benchmarks/grading.py
    python benchmarks/grading.py --submissions 6 --stock 3
    python benchmarks/grading.py --stock 0 --submissions 500

A class hands in chapter 3: right answers, wrong ones and both together, all from the lists on record
(tests/answers), each notebook with a line of its own so that none is graded twice. Answers written for a GPU are
left out, which stock nbgrader cannot grade on a CPU. Figure cells are empty: they are the student's own computing.
Stock gets the environment that ours gives a submission, and no other help; it grades the first of them where `--stock`
says so, and both have to give the same marks. What a student's own code costs is measured by running the very cells
and tests in a process that has imported everything, without any grader around it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
import typer
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from course.build import build_sources  # noqa: E402
from course.paths import Paths  # noqa: E402
from course.sample_class import Material, read_material  # noqa: E402
from course.sample_class.material import answer_cell, answers_on_record, check_of, text, with_imports  # noqa: E402
from notebook_grader.batch.run import grade_class  # noqa: E402
from notebook_grader.gradebook.gradebook import ClassDirectory  # noqa: E402

CHAPTER = "03_denoising_three_ways"
CELL_LIMIT = 600  # seconds: neither engine is to stop a cell on a busy machine
AIM_TIMES, AIM_OVERHEAD = 50, 0.1  # times the stock command's speed; seconds a submission
SURROUNDINGS = {
    "COURSE_PROFILE": "grade", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
    "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "TRANSFORMERS_VERBOSITY": "error",
}  # fmt: skip
Marks = dict[str, dict[str, float]]


class Run(NamedTuple):
    """One engine on some submissions: wall time in seconds, marks by student, peak of all its processes in MB."""

    count: int
    seconds: float
    marks: Marks
    peak_mb: float


class PeakMemory:
    """Measures the memory of this process and its descendants, shared pages counted once, while a block runs."""

    def __enter__(self):
        self.mb, self._is_over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._is_over.wait(0.5):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.mb = max(self.mb, total / 1e6)


def notebooks(chapter: Material, count: int) -> dict[str, dict]:
    """Return as many hand-ins by student, in turns right, wrong, and every second answer wrong."""
    kinds = ("right", "wrong", "mixed")
    return {f"{kinds[n % 3]}_{n:03}": _hand_in(chapter, n) for n in range(count)}


def _hand_in(chapter: Material, number: int) -> dict:
    notebook = json.loads(json.dumps(chapter.solved))
    for cell in notebook["cells"]:
        if {"figure", "widget", "gallery"} & set(cell["metadata"].get("course", {})):
            cell["source"] = ""
    for place, exercise in enumerate(chapter.exercises):
        is_right = number % 3 == 0 or (number % 3 == 2 and place % 2)
        answers = answers_on_record("right" if is_right else "wrong", exercise)
        usable = [answer for name, answer in answers.items() if "cuda" not in name]
        answer = with_imports(usable[(number // 3) % len(usable)], chapter)
        answer_cell(notebook, exercise)["source"] = f"# {number}\n{answer}"
    return notebook


def run_stock(released: Path, hand_ins: dict[str, dict], folder: Path) -> Run:
    """Grade with nbgrader's command, in a copy of the released class."""
    subprocess.run(["cp", "-r", str(released), str(folder)], check=True)
    _write(folder / "submitted", hand_ins, nested=True)
    command = [
        sys.executable, "-m", "nbgrader", "autograde", CHAPTER, "--create", "--CourseDirectory.course_id=from_noise",
        f"--Execute.timeout={CELL_LIMIT}",
    ]  # fmt: skip
    with PeakMemory() as peak:
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ | SURROUNDINGS)
        seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"nbgrader autograde failed:\n{done.stderr[-2000:]}")
    return Run(len(hand_ins), seconds, _marks(ClassDirectory(folder, ROOT), hand_ins), peak.mb)


def run_ours(released: Path, hand_ins: dict[str, dict], folder: Path) -> Run:
    """Grade as `course grade` does, in a copy of the released class; the start of the warm process counts."""
    subprocess.run(["cp", "-r", str(released), str(folder)], check=True)
    _write(folder / "handed_in", hand_ins, nested=False)
    course = ClassDirectory(folder, ROOT, CELL_LIMIT)
    with PeakMemory() as peak:
        started = time.perf_counter()
        outcomes = grade_class(course, folder / "handed_in")
        seconds = time.perf_counter() - started
    problems = [f"{outcome.student}: {outcome.problem}" for outcome in outcomes if outcome.problem]
    if problems or len(outcomes) != len(hand_ins):
        raise SystemExit("not everybody was graded:\n" + "\n".join(problems))
    return Run(len(hand_ins), seconds, _marks(course, hand_ins), peak.mb)


def own_computing(chapter: Material, tests: dict[str, str], hand_ins: dict[str, dict]) -> float:
    """Return the median seconds that the cells and tests of a hand-in take without a grader."""
    jobs = [
        [tests.get(check_of(cell), text(cell)) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for notebook in hand_ins.values()
    ]
    done = subprocess.run(
        [sys.executable, "-c", _BARE], input=json.dumps(jobs), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=os.environ | SURROUNDINGS, check=True,
    )  # fmt: skip
    return statistics.median(json.loads(done.stdout.splitlines()[-1]))


_BARE = """
import contextlib, importlib, io, json, os, sys, time
from IPython.core.interactiveshell import InteractiveShell
from helpers.runtime import stand_in_for_cuda
from notebook_grader.runner.processes import MODULES
for name in MODULES:
    importlib.import_module(name)
jobs, answers, seconds = json.load(sys.stdin), os.dup(1), []
for cells in jobs:
    reading, writing = os.pipe()
    if os.fork() == 0:
        stand_in_for_cuda()
        shell = InteractiveShell()
        started = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                shell.run_cell(cell)
        os.write(writing, str(time.perf_counter() - started).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as told:
        seconds.append(float(told.read()))
    os.wait()
print()
print(json.dumps(seconds))
"""


def main(
    submissions: Annotated[int, typer.Option(min=1, help="How many hand-ins.")] = 40,
    stock: Annotated[int | None, typer.Option(min=0, help="How many of them by stock nbgrader; default: all.")] = None,
) -> None:
    """Grade a class by both, and print the table."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as name:
        folder = Path(name).resolve()
        released, chapter, tests = _release(folder)
        hand_ins = notebooks(chapter, submissions)
        few = dict(list(hand_ins.items())[: submissions if stock is None else stock])
        runs = {"stock nbgrader autograde": run_stock(released, few, folder / "stock")} if few else {}
        runs["ours"] = run_ours(released, hand_ins, folder / "ours")
        own = own_computing(chapter, tests, dict(list(hand_ins.items())[:12]))
    _show(console, runs, own)
    wrong = _differences(runs)
    console.print("marks: equal" if few and not wrong else "\n".join(wrong) or "marks: not compared")
    raise typer.Exit(bool(wrong))


def _release(folder: Path) -> tuple[Path, Material, dict[str, str]]:
    """Release chapter 3 into FOLDER/class; return it, the chapter, and the texts of its tests by name."""
    paths = Paths(folder / "built")
    build_sources(Paths(), paths)
    course = ClassDirectory(folder / "class", ROOT)
    course.release([CHAPTER], paths)
    source = json.loads(paths.source(CHAPTER).read_text(encoding="utf-8"))
    tests = {check_of(cell): text(cell) for cell in source["cells"] if check_of(cell)}
    return course.folder, read_material(paths.source(CHAPTER), course.released(CHAPTER)), tests


def _write(folder: Path, hand_ins: dict[str, dict], nested: bool) -> None:
    for student, notebook in hand_ins.items():
        path = folder / student / (CHAPTER if nested else "") / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")


def _marks(course: ClassDirectory, hand_ins: dict[str, dict]) -> Marks:
    return {
        student: {mark.name: mark.points for mark in course.marks(CHAPTER, student) if not mark.by_hand}
        for student in hand_ins
    }


def _differences(runs: dict[str, Run]) -> list[str]:
    ours = runs["ours"].marks
    return [
        f"{student}: stock {marks}, ours {ours[student]}"
        for run in runs.values()
        for student, marks in run.marks.items()
        if marks != ours[student]
    ]


def _show(console: Console, runs: dict[str, Run], own: float) -> None:
    table = Table("engine", title="A class of chapter 3, from the start of the command to the last mark")
    for name in ("submissions", "seconds", "a second", "seconds each", "peak memory"):
        table.add_column(name, justify="right")
    for name, run in runs.items():
        each = run.seconds / run.count
        table.add_row(
            name, str(run.count), f"{run.seconds:.0f}", f"{1 / each:.3f}", f"{each:.2f}", f"{run.peak_mb:.0f} MB"
        )
    console.print(table)
    cores = len(os.sched_getaffinity(0))
    ours = runs["ours"]
    overhead = cores * ours.seconds / ours.count - own
    console.print(f"own computing of a submission: {own:.2f} s on one core")
    console.print(f"overhead of ours: {overhead:.2f} s of a core a submission (aim: {AIM_OVERHEAD}), {cores} cores")
    if len(runs) > 1:
        stock = runs["stock nbgrader autograde"]
        times = stock.seconds / stock.count / (ours.seconds / ours.count)
        console.print(f"ours : stock = {times:.1f} (aim: {AIM_TIMES})")


if __name__ == "__main__":
    typer.run(main)
