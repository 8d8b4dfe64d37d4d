"""One submission as data, and its grading as a function of it: no gradebook, no folder of the class.

So the same function runs in a process of this computer, on another one, and again a year later.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade

from notebook_grader.store.environment import checks_hash, fingerprint


class EngineRun(NamedTuple):
    """How one run of a notebook went.

    mistakes  for each failed test what is known of the cause: check, exercise, mistake, cause, symptom
    flags     one sentence for each thing that looks suspicious
    inputs    the number by which the inputs of hidden tests were moved
    seconds   wall time
    peak_mb   most memory of the student's process; None where it was not measured
    level     how far the student's code was shut in, a word
    """

    mistakes: list[dict]
    flags: list[str]
    inputs: int
    seconds: float
    peak_mb: float | None
    level: str


class Engine(Protocol):
    """Runs notebooks, one at a time."""

    def run(self, notebook: NotebookNode) -> EngineRun:
        """Fill the outputs of all code cells, such that nbgrader's determine_grade reads each test's mark off them."""


# Opens an engine for limits in seconds ("cell", "notebook") and a folder for what engines of one computer share (None:
# nothing). A function of a module: it crosses to other processes.
OpenEngine = Callable[[dict, Path | None], AbstractContextManager[Engine]]


class Submission(NamedTuple):
    """What is graded: plain data, so that it can be stored and sent.

    notebook     the mended notebook, without outputs
    tests        the chapter as released: `kernelspec`, and `cells` by grade_id (source, locked, checksum, points)
    limits       seconds: `cell`, `notebook`
    environment  what its mark depends on besides, by part
    mended       one sentence for each thing that the intake mended
    bytes        size of the hand-in
    timestamp    when it was handed in, as nbgrader writes it; "" where nothing says so
    """

    student: str
    chapter: str
    notebook: dict
    tests: dict
    limits: dict
    environment: dict
    mended: list[str]
    bytes: int
    timestamp: str

    @property
    def parts(self) -> dict[str, str]:
        """What the mark depends on, by part: of two submissions with equal parts the second needs no run."""
        given = {"notebook": self.notebook, "tests": self.tests, "limits": self.limits}
        return {name: _hash(value) for name, value in given.items()} | self.environment

    @property
    def key(self) -> str:
        """The name of its result: one hash of all parts."""
        return _hash(self.parts)


class Graded(NamedTuple):
    """The result of one submission, and the executed notebook with its tests; None where there is none."""

    result: dict
    notebook: dict | None


def environment_of(tests: dict) -> dict[str, str]:
    """Name what a chapter's marks depend on here, besides notebook, tests and limits."""
    return fingerprint() | {"checks": checks_hash(cell["source"] for cell in tests["cells"].values())}


def grade_submission(submission: Submission, engine: Engine) -> Graded:
    """Run one submission and read its marks. What the engine raises passes through."""
    notebook = with_tests(submission)
    run = engine.run(notebook)
    marks = [_mark(cell) for cell in notebook.cells if is_grade(cell)]
    missing = [mark["name"] for mark in marks if mark["points"] is None and not mark["by_hand"]]
    problem = f"the run gave no mark for {', '.join(missing)}. Grade it again." if missing else ""
    result = _result(submission.student, submission.chapter) | run._asdict()
    result |= {"key": submission.key, "marks": marks, "problem": problem}
    return Graded(of_hand_in(result, submission), json.loads(json.dumps(notebook)))


def of_hand_in(result: dict, submission: Submission) -> dict:
    """Return a result with what belongs to the hand-in and not to the run."""
    return result | {"mended": submission.mended, "bytes": submission.bytes, "timestamp": submission.timestamp}


def refused(student: str, chapter: str, problem: str) -> Graded:
    """Return the result of a hand-in that got no mark, with the reason."""
    return Graded(_result(student, chapter) | {"problem": problem}, None)


def with_tests(submission: Submission) -> NotebookNode:
    """Return the notebook to be run: every cell that the chapter locks, as it was released, hidden tests included.

    This is what nbgrader's OverwriteCells and OverwriteKernelspec do, which ask the gradebook for each cell.
    """
    notebook = nbformat.from_dict(submission.notebook)
    if submission.tests["kernelspec"]:
        notebook.metadata["kernelspec"] = nbformat.from_dict(submission.tests["kernelspec"])
    for cell in notebook.cells:
        ours = submission.tests["cells"].get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if ours is not None:
            _as_released(cell, ours)
    return notebook


def _as_released(cell: NotebookNode, ours: dict) -> None:
    cell.metadata.nbgrader |= {"checksum": ours["checksum"], "locked": ours["locked"]}
    if ours["locked"]:
        cell.source = ours["source"]
    if is_grade(cell):
        cell.metadata.nbgrader["points"] = ours["points"]


def _mark(cell: NotebookNode) -> dict:
    points, most = determine_grade(cell)
    by_hand = cell.cell_type != "code"
    return {"name": cell.metadata.nbgrader["grade_id"], "points": points, "max_points": most, "by_hand": by_hand}


def _result(student: str, chapter: str) -> dict:
    """Return a result in which nothing is known yet but whose it is."""
    return {
        "key": "", "student": student, "chapter": chapter, "marks": [], "mended": [], "problem": "", "mistakes": [],
        "flags": [], "inputs": 0, "seconds": 0.0, "peak_mb": None, "bytes": 0, "level": "", "timestamp": "",
    }  # fmt: skip


def _hash(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
