"""What of a cell's run nbgrader and the student get to see.

nbgrader reads a mark off the outputs of a test cell: an error or anything on stderr is 0, a result is a partial mark
(and full marks where it is no number), anything else full marks. So the outputs of a test cell are written here from
the kernel's reply alone: an error output where the cell failed, none where it passed.
"""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_output

from notebook_grader.markers import BEGIN_HIDDEN, END_HIDDEN, find_regions, lines_within, without
from notebook_grader.runner.cell_run import CellRun

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_SHORTEST_SECRET = 12  # shorter lines (a bracket, `return x`) tell nothing and stand in everybody's code
HIDDEN_LINE = "[a line of a hidden test]"


def is_test(cell: NotebookNode) -> bool:
    """Tell whether a cell is one of our test cells (an answer that is marked by hand is a grade cell too)."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(nbgrader.get("grade")) and not nbgrader.get("solution")


def has_failed(run: CellRun) -> bool:
    return run.status != "ok"


def shown(run: CellRun, limit: float) -> list[NotebookNode]:
    """Return the outputs of a cell that carries no mark: all of them, and the error where there was one."""
    return run.outputs + ([_error(run, limit, run.error[2] if run.error else [])] if has_failed(run) else [])


def judged(run: CellRun, limit: float, source: str, remark: str = "") -> list[NotebookNode]:
    """Return the outputs of a test cell, such that nbgrader's determine_grade gives what the check gave.

    limit   seconds that the cell had, for the message
    source  text of the test cell: none of its hidden lines stays
    remark  what the student should know besides, where the cell failed
    """
    outputs = [_harmless(output) for output in run.outputs]
    if has_failed(run):
        told = run.error[2] if run.error else []
        outputs.append(_error(run, limit, [*told, remark] if remark else told))
    return hide(outputs, hidden_lines(source))


def refused(name: str, text: str) -> list[NotebookNode]:
    """Return the outputs of a test cell that could not be run, with the reason: 0 points, never none."""
    return [new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])]


def hidden_lines(source: str) -> list[str]:
    """Return the lines of a test cell that students must not see, as far as each says something by itself."""
    regions = find_regions(source, BEGIN_HIDDEN, END_HIDDEN)
    seen = {line.strip() for line in without(source, regions).split("\n")}
    lines = {line.strip() for line in lines_within(source, regions)} - seen
    return sorted((line for line in lines if len(line) >= _SHORTEST_SECRET), key=len, reverse=True)


def hide(outputs: list[NotebookNode], lines: list[str]) -> list[NotebookNode]:
    """Take hidden lines out of outputs, in place: a student's code can print its history or a check's source."""
    for output in outputs:
        for key in ("text", "evalue"):
            if key in output:
                output[key] = _without_lines(output[key], lines)
        if "traceback" in output:
            output.traceback = [_without_lines(_ESCAPES.sub("", part), lines) for part in output.traceback]
        for kind, value in output.get("data", {}).items():
            if isinstance(value, str) and kind.startswith("text/"):
                output.data[kind] = _without_lines(value, lines)
    return outputs


def _without_lines(text: str, lines: list[str]) -> str:
    for line in lines:
        text = text.replace(line, HIDDEN_LINE)
    return text


def _harmless(output: NotebookNode) -> NotebookNode:
    """Return an output from which nbgrader reads no mark: stderr as stdout, a result as a display."""
    if output.output_type == "stream":
        return new_output("stream", name="stdout", text=output.text)
    return new_output("display_data", data=output.data, metadata=output.get("metadata", {}))


def _error(run: CellRun, limit: float, lines: list[str]) -> NotebookNode:
    if run.status == "timeout":
        name = "TimeLimit"
        text = f"still running after {limit:.0f} s and stopped. Look for a loop that never ends."
    elif run.status == "died":
        name = "ProcessEnded"
        text = "the process that ran the notebook ended in this cell (os._exit, out of memory, or a crash)."
    else:
        name, text, _ = run.error
    return new_output("error", ename=name, evalue=text, traceback=lines or [f"{name}: {text}"])
