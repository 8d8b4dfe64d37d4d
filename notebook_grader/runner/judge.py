"""A judge: takes mended notebooks, runs each with a student's process of its own, and hands back what came of it."""

import ast
import contextlib
import functools
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from notebook_grader.runner import verdict
from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.channel import Channel
from notebook_grader.runner.flags import flags_of
from notebook_grader.runner.fresh import number_of, with_fresh_inputs
from notebook_grader.runner.processes import Nursery
from notebook_grader.runner.put_off import PutOff
from notebook_grader.runner.trusted import Student
from notebook_grader.runner.verdict import is_test
from notebook_grader.sandbox import SandboxError


class NotebookRun:
    """One run through a notebook: the process, what it has run, and what had to be given up.

    nursery         where processes come from
    number          by which the inputs of hidden tests are moved
    cell_limit      seconds for one cell
    notebook_limit  seconds for all cells together, replays included, start of the process not
    """

    def __init__(self, nursery: Nursery, number: int, cell_limit: float, notebook_limit: float):
        self._nursery, self._number = nursery, number
        self._cell_limit, self._notebook_limit = cell_limit, notebook_limit
        self._left = float(notebook_limit)
        self._student: Student | None = None
        self._place: tempfile.TemporaryDirectory | None = None
        self._given: dict[str, Any] = {}
        self._done: list[str] = []  # cells whose effects the process holds, for a replay
        self._given_up: list[str] = []  # first lines of cells that were stopped
        self._put_off = PutOff()
        self._has_hung = False
        self.mistakes: list[dict] = []
        self.peak_mb: float | None = None

    def execute(self, cell: NotebookNode) -> None:
        """Run one code cell and write its outputs into it."""
        cell.outputs, cell.execution_count = [], None
        if not cell.source.strip():
            return
        test = is_test(cell)
        if self._left <= 0:
            cell.outputs = self._out_of_time(test)
        elif test:
            self._judge(cell)
        elif not self._put_off.takes(cell):
            self._run(cell)

    def _run(self, cell: NotebookNode) -> None:
        limit = self._limit()
        run = self._tried(lambda: self._living_student().run(cell.source, min(limit, self._left)))
        cell.outputs = verdict.shown(run, limit)
        self._remember(cell.source, run)
        if cell.metadata.get("course", {}).get("setup"):
            self._given |= with_fresh_inputs(given_names(cell.source), self._number)

    def close(self) -> None:
        """End the process."""
        if self._student is not None:
            self._student.close()
            self.peak_mb = max(self.peak_mb or 0, self._student.peak_mb or 0) or None
        if self._place is not None:
            self._place.cleanup()

    def _judge(self, cell: NotebookNode) -> None:
        limit = min(self._cell_limit, self._left)
        run = self._tried(lambda: self._living_student().judge(cell.source, min(limit, self._left), self._given))
        cell.outputs = verdict.judged(run, limit, cell.source, self._remark(run))
        if run.failure is not None:
            self.mistakes.append(_told(cell, run))

    def _tried(self, work: Callable[[], CellRun]) -> CellRun:
        """Run something; where it asks for a name of a cell that was put off, once more after all of those."""
        run = self._twice_if_it_died(work)
        if not self._put_off.is_asked_for(run):
            return run
        for cell in self._put_off.taken_out():
            if self._left > 0:
                self._run(cell)
        return self._twice_if_it_died(work) if self._left > 0 else run

    def _twice_if_it_died(self, work: Callable[[], CellRun]) -> CellRun:
        """Run something; where the process died of it, once more: what ran before may have spoiled it."""
        run = work()
        self._count(run)
        if run.status == "died" and self._left > 0:
            run = work()
            self._count(run)
        return run

    def _count(self, run: CellRun) -> None:
        self._left -= run.seconds
        self._has_hung |= run.status == "timeout"

    def _limit(self) -> float:
        """Return the seconds for a cell without marks: after a first timeout little, since it often hangs too."""
        limit = self._cell_limit if not self._has_hung else max(1.0, self._cell_limit / 10)
        return min(limit, self._left)

    def _living_student(self) -> Student:
        """Return the process; where it ended, a new one that has replayed every cell that did no harm."""
        while self._student is None or not self._student.is_alive:
            self.close()
            self._place = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
            self._student = Student(self._nursery.start(Path(self._place.name)), PIPELINES)
            self._replay(self._student)
        return self._student

    def _replay(self, student: Student) -> None:
        """Run the cells before again, without showing them; one that ends the process now is given up as well."""
        for source in list(self._done):
            run = student.run(source, max(1.0, min(self._cell_limit, self._left)))
            self._left -= run.seconds
            if run.status in ("timeout", "died"):
                self._done.remove(source)
                self._remember(source, run)
            if not student.is_alive:
                return

    def _remember(self, source: str, run: CellRun) -> None:
        if run.status in ("timeout", "died"):
            self._given_up.append(source.strip().split("\n")[0][:60])
        else:
            self._done.append(source)

    def _remark(self, run: CellRun) -> str:
        """Say why a name may be missing: the cell that defines it was stopped."""
        if run.status != "error" or run.failure is not None or not self._given_up:
            return ""
        cells = "; ".join(f"`{line}`" for line in self._given_up)
        return f"Stopped before, so what these cells define may be missing: {cells}"

    def _out_of_time(self, test: bool) -> list[NotebookNode]:
        text = f"not run: the cells before took all {self._notebook_limit} s that a notebook has."
        return verdict.refused("TimeLimit", text) if test else [new_output("stream", name="stdout", text=text)]


def run_notebook(notebook: NotebookNode, nursery: Nursery, cell_limit: float, notebook_limit: float) -> dict:
    """Fill the outputs of every code cell; return what a result says besides the marks."""
    started = monotonic()
    flags, number = flags_of(notebook.cells), number_of(notebook.cells)
    run = NotebookRun(nursery, number, cell_limit, notebook_limit)
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                run.execute(cell)
    finally:
        run.close()
    _hide_everywhere(notebook)
    report = {"mistakes": run.mistakes, "flags": flags, "inputs": number}
    return report | {"seconds": monotonic() - started, "peak_mb": run.peak_mb}


def serve_jobs(channel: Channel, nursery: Nursery) -> None:
    """Run the notebooks that come, until the other side hangs up."""
    while True:
        try:
            job, _ = channel.receive()
        except EOFError:
            return
        notebook = nbformat.from_dict(job["notebook"])
        try:
            report = run_notebook(notebook, nursery, job["cell_limit"], job["notebook_limit"])
        except SandboxError as error:
            channel.send({"error": str(error)})
            continue
        channel.send({"notebook": notebook, "report": report})


def given_names(source: str) -> dict[str, Any]:
    """Return what a released set-up cell imports from helpers: a test uses it, never the student's under its name."""
    names: dict[str, Any] = {}
    for statement in ast.parse(_without_magics(source)).body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == "helpers":
            exec(compile(ast.Module([statement], []), "<set-up>", "exec"), names)
    names.pop("__builtins__", None)
    return names


def _without_magics(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if not line.lstrip().startswith(("%", "!")))


@functools.lru_cache(maxsize=1)
def _stage_1():
    """Return the pipeline whose U-Net's place the checks' worlds take: the one that a notebook gets when graded."""
    from helpers.denoisers import load_stage_1

    with contextlib.redirect_stdout(io.StringIO()):
        return load_stage_1("auto")


@functools.lru_cache(maxsize=1)
def _postcards():
    """Return the pipeline of chapter 14, for the place of whose network it is the same."""
    from helpers.postcards import load_postcards

    with contextlib.redirect_stdout(io.StringIO()):
        return load_postcards("auto")


PIPELINES = {"stage_1": _stage_1, "pipeline": _postcards}  # by the names that the chapters give them


def _told(cell: NotebookNode, run: CellRun) -> dict:
    failure = run.failure
    return {
        "check": cell.metadata.nbgrader.grade_id,
        "exercise": failure.exercise,
        "mistake": failure.mistake.name if failure.mistake else "",
        "cause": failure.mistake.cause if failure.mistake else "",
        "symptom": failure.symptom,
    }


def _hide_everywhere(notebook: NotebookNode) -> None:
    """Take the hidden lines of all tests out of the outputs of all cells."""
    lines = [line for cell in notebook.cells if is_test(cell) for line in verdict.hidden_lines(cell.source)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            verdict.hide(cell.outputs, lines)
