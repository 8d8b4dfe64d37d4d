"""Cells as released that no mark needs: put off, and run only where something graded asks for a name of theirs.

These are the figures, and given cells that read what a figure's cell has defined, such as a network trained in it. A
right answer to chapter 11 is judged in seconds; its figures take minutes.
"""

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_output

from notebook_grader.intake.matching import AS_RELEASED
from notebook_grader.runner.cell_run import CellRun

_MISSING = re.compile(r"name '(\w+)' is not defined")
_NOTE = "Not run for grading: no mark depends on this cell.\n"


class PutOff:
    """The cells that were put off so far, in their order."""

    def __init__(self):
        self._cells: list[NotebookNode] = []
        self._names: set[str] = set()

    def takes(self, cell: NotebookNode) -> bool:
        """Put a cell off where that is possible; its outputs then say so."""
        course = cell.metadata.get("course", {})
        if not course.get(AS_RELEASED):
            return False
        defined, read = _names_of(cell.source)
        if not ({"figure", "gallery"} & set(course) or read & self._names):
            return False
        self._cells.append(cell)
        self._names |= defined
        cell.outputs = [new_output("stream", name="stdout", text=_NOTE)]
        return True

    def is_asked_for(self, run: CellRun) -> bool:
        """Tell whether a cell or a test failed for want of a name that a cell here defines."""
        told = "\n".join([run.error[1], *run.error[2]]) if run.error else ""
        return bool(self._names.intersection(_MISSING.findall(told)))

    def taken_out(self) -> list[NotebookNode]:
        """Return the cells, to be run now; none is put off any more."""
        cells, self._cells, self._names = self._cells, [], set()
        return cells


def _names_of(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell defines for others, and those that it reads. Nothing for what does not parse."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError):
        return set(), set()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    blocks = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    defined = {node.name for node in blocks} | {node.id for node in names if isinstance(node.ctx, ast.Store)}
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = [alias for node in imports for alias in node.names]
    defined |= {(alias.asname or alias.name).split(".")[0] for alias in imported}
    return defined, {node.id for node in names if isinstance(node.ctx, ast.Load)}
