"""Judging a recorded answer as the grader does: its code in the sandbox, the check on the other side of the wall."""

import contextlib
import inspect

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from course.given import given_files
from course.mutants.exercises import Exercise
from course.mutants.judge import CPU_LIMIT, Verdict
from course.paths import Paths
from notebook_grader.runner.engine import open_split_engine

_TEST = {"grade": True, "solution": False, "locked": True, "points": 1, "schema_version": 3, "grade_id": "check"}
_STOPPED = ("TimeLimit", "ProcessEnded")


class GraderJudge:
    """The grader's engine; use it in a `with` block. It takes the place of `Judge`."""

    def __enter__(self) -> "GraderJudge":
        self._held = contextlib.ExitStack()
        limits = {"cell": CPU_LIMIT, "notebook": 10 * CPU_LIMIT}
        self._engine = self._held.enter_context(open_split_engine(limits, trusted=True))
        return self

    def __exit__(self, *_) -> None:
        self._held.close()

    def judge(self, exercise: Exercise, source: str) -> Verdict:
        """Run an answer in a notebook of its own, and its check with every seed of the test cell."""
        notebook = _notebook(exercise, source)
        run = self._engine.run(notebook)
        (error,) = [output for output in notebook.cells[-1].outputs if output.output_type == "error"] or [None]
        if error is None:
            return Verdict("accepted")
        if run.mistakes:
            return Verdict("rejected", run.mistakes[0]["mistake"], run.mistakes[0]["symptom"])
        return Verdict("stopped" if error.ename in _STOPPED else "error", "", f"{error.ename}: {error.evalue}"[:200])


def _notebook(exercise: Exercise, source: str) -> NotebookNode:
    """Return the set-up, the chapter's objects, the answer, and the test."""
    shared, *own = (path.read_text(encoding="utf-8") for path in given_files(Paths(), exercise.chapter))
    load = 'from helpers.denoisers import load_stage_1\nglobals().update(given(load_stage_1("exact")))'
    texts = [f"{shared}\n{load}", *(f"{text}\nglobals().update(given())" for text in own), exercise.before, source]
    setup = f"from helpers.checks import check_{exercise.name}"
    return new_notebook(
        cells=[
            new_code_cell(setup, metadata={"course": {"setup": True}}),
            *(new_code_cell(text) for text in texts),
            new_code_cell(_calls(exercise), metadata={"nbgrader": _TEST}),
        ]
    )


def _calls(exercise: Exercise) -> str:
    import helpers.checks as checks

    check = getattr(checks, f"check_{exercise.name}")
    given = [name for name in list(inspect.signature(check).parameters)[1:] if name != "seed"]
    arguments = ", ".join([exercise.name, *given])
    return "\n".join(f"check_{exercise.name}({arguments}, seed={seed})" for seed in exercise.seeds)
