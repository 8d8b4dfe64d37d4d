"""The engines that are compared: each grades the hand-ins of a batch into the gradebook of its class.

An engine is a function (batch) -> reasons by student, for those whom it could not grade.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from course import CourseError
from course.attacks.batch import CELL_LIMIT, Batch

STOCK_LIMIT = 150  # seconds for the stock command, which grades two students


def stock(batch: Batch) -> dict[str, str]:
    """Run nbgrader's own command, with the limit for a cell and nothing else set, once a chapter."""
    reasons: dict[str, str] = {}
    for chapter in sorted({attack.chapter for attack in batch.attacks}):
        said, is_done = _nbgrader(batch.klass, "autograde", chapter, "--create", f"--Execute.timeout={CELL_LIMIT}")
        if not is_done:
            reasons |= {path.parent.parent.name: said for path in batch.klass.glob(f"submitted/*/{chapter}/*")}
        if any(attack.kind.startswith("active") for attack in batch.attacks):
            _nbgrader(batch.klass, "generate_feedback", chapter)
    return reasons


def ours(batch: Batch, **options) -> dict[str, str]:
    """Grade as `course grade` does; options are those of `grade_class`, such as another engine for its notebooks."""
    from notebook_grader.batch.run import grade_class
    from notebook_grader.gradebook.feedback_pages import write_feedback
    from notebook_grader.gradebook.gradebook import ClassDirectory

    course = ClassDirectory(batch.klass, batch.course.root, CELL_LIMIT)
    outcomes = grade_class(course, batch.folder / "handed_in", **options)
    write_feedback(course)
    return {outcome.student: outcome.problem for outcome in outcomes if outcome.problem}


Engine = Callable[[Batch], dict[str, str]]
ENGINES: dict[str, Engine] = {"stock": stock, "ours": ours}


def find_engine(name: str) -> Engine:
    """Return the engine of a name in ENGINES, or of "module:function", such as benchmarks.warm_kernels.engine:warm.

    Raises CourseError where there is none.
    """
    module, colon, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function) if colon else ENGINES[name]
    except (ImportError, AttributeError, KeyError):
        known = ", ".join(ENGINES)
        raise CourseError(f"{name!r} is no engine; expected {known}, or module:function of another one.") from None


def handed_in(engine: str, batch: Batch) -> Path:
    """Return the folder where an engine looks for hand-ins."""
    return batch.klass / "submitted" if engine == "stock" else batch.folder / "handed_in"


def _nbgrader(folder: Path, *arguments: str) -> tuple[str, bool]:
    """Run a command of nbgrader's in a class; return its last words, and whether it ended well."""
    command = [sys.executable, "-m", "nbgrader", *arguments, "--CourseDirectory.course_id=from_noise"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=STOCK_LIMIT,
            stdin=subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"still running after {STOCK_LIMIT} s", False
    lines = [line for line in (done.stdout + done.stderr).strip().split("\n") if line.strip()]
    return (lines or ["nothing"])[-1][-300:], done.returncode == 0
