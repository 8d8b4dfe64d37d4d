"""What a student's feedback leaves out: the hidden tests. nbgrader's pages show them, and their lines in outputs."""

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from notebook_grader.markers import BEGIN_HIDDEN, END_HIDDEN, find_regions, without
from notebook_grader.runner import verdict
from notebook_grader.runner.verdict import is_test


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
