"""The preprocessor that runs a submission where nbgrader does the grading itself: formgrader, `nbgrader autograde`.

`course grade` runs submissions with the same engine and writes the marks itself.
"""

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Integer

from notebook_grader.runner.engine import open_split_engine


class GradingExecute(NbGraderPreprocessor):
    """Runs the code cells of a mended submission, one after another, within limits."""

    cell_limit = Integer(60, min=1, help="seconds that one cell may run").tag(config=True)
    notebook_limit = Integer(600, min=1, help="seconds that all cells of a notebook may run together").tag(config=True)
    trusted = Bool(False, help="run notebooks where students' code cannot be shut in").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Fill the outputs of every code cell. Raises CourseError where nothing can be run at all."""
        limits = {"cell": self.cell_limit, "notebook": self.notebook_limit}
        with open_split_engine(limits, trusted=self.trusted) as engine:
            engine.run(nb)
        return nb, resources
