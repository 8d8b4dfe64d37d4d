"""An engine for the tests of scale: nothing runs, the marks follow from the words in the answers.

A test passes where its answer holds the word `right`. Other words, in any cell, act on the process:
kill          it dies, like one that the system's memory ran out for
kill_once     the same, but only the first time; needs FAKE_ENGINE_FOLDER
fault         the engine raises
slow          half a second
endless       an hour
flood         an output of 5000 lines
Each run leaves a line in FAKE_ENGINE_FOLDER/runs, where that is set: the word that follows `student`.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from notebook_grader.store.submission import EngineRun


class FakeEngine:
    def run(self, notebook: NotebookNode) -> EngineRun:
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        text = "\n".join(cell.source for cell in code)
        folder = os.environ.get("FAKE_ENGINE_FOLDER")
        if folder:
            _note(Path(folder, "runs"), text)
        _act(text, folder)
        answers = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in code}
        for cell in code:
            cell.outputs, cell.execution_count = [], None
            if re.search(r"\bflood\b", cell.source):
                cell.outputs = [new_output("stream", text="line\n" * 5000)]
            if is_grade(cell) and not is_solution(cell):
                name = cell.metadata.nbgrader.grade_id
                cell.outputs = [] if "right" in answers[name.removeprefix("check_")] else [_error(name)]
        mistakes = [{"check": cell.metadata.nbgrader.grade_id} for cell in code if is_grade(cell) and cell.outputs]
        return EngineRun(mistakes, [], 0, 0.25, 12.5, "none")


class FakeExecute(NbGraderPreprocessor):
    """The same engine as a stage of nbgrader's own autograding."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        FakeEngine().run(nb)
        return nb, resources


@contextmanager
def open_fake_engine(limits: dict, shared: Path | None) -> Iterator[FakeEngine]:
    yield FakeEngine()


@contextmanager
def open_no_engine(limits: dict, shared: Path | None) -> Iterator[FakeEngine]:
    from notebook_grader import GraderError

    raise GraderError("there is no engine on this machine")
    yield


def _note(path: Path, text: str) -> None:
    who = re.search(r"student (\w+)", text)
    with path.open("a") as file:
        file.write(f"{who[1] if who else '-'}\n")


def _act(text: str, folder: str | None) -> None:
    if re.search(r"\bkill_once\b", text):
        _kill_once(Path(folder, "killed"))
    if re.search(r"\bkill\b", text):
        os.kill(os.getpid(), signal.SIGKILL)
    if re.search(r"\bfault\b", text):
        raise RuntimeError("the engine has a fault")
    if re.search(r"\bendless\b", text):
        time.sleep(3600)
    if re.search(r"\bslow\b", text):
        time.sleep(0.5)


def _kill_once(mark: Path) -> None:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _error(name: str) -> NotebookNode:
    return new_output("error", ename="CheckFailed", evalue=f"{name}: wrong", traceback=[f"{name}: wrong"])
