"""What stands in a student's feedback beside the marks: no hidden test, no active content."""

import re

import bleach
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from instructor.grading import verdict
from instructor.grading.executor import is_test
from instructor.markers import BEGIN_HIDDEN, END_HIDDEN, find_regions, without

_KINDS = ("text/plain", "image/png", "image/jpeg")
_TAG = re.compile(r"<\s*[a-zA-Z/!?]")


class HideTests(NbGraderPreprocessor):
    """Takes the hidden tests out of the test cells, and their lines out of all outputs."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        tests = [cell for cell in nb.cells if is_test(cell)]  # a marker that a student wrote elsewhere is only text
        lines = [line for cell in tests for line in verdict.hidden_lines(cell.source)]
        for cell in nb.cells:
            if cell.cell_type == "code":
                verdict.hide(cell.outputs, lines)
        for cell in tests:
            cell.source = without(cell.source, find_regions(cell.source, BEGIN_HIDDEN, END_HIDDEN))
        return nb, resources


class PlainOutputs(NbGraderPreprocessor):
    """Keeps text and pixel pictures of what a cell showed, and cleans HTML that students wrote into text cells."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        if cell.cell_type == "code":
            for output in cell.outputs:
                if "data" in output:
                    output.data = {kind: value for kind, value in output.data.items() if kind in _KINDS}
        elif _TAG.search(cell.source):  # math without tags stays as it is: cleaning would spell its < and & out
            cell.source = bleach.clean(cell.source)
        return cell, resources
