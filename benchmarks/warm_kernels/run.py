"""A run through a notebook in a warm kernel: a cell that hangs or kills it costs its own marks, the rest goes on."""

from nbformat import NotebookNode
from nbformat.v4 import new_output

from benchmarks.warm_kernels.kernel import Kernel
from notebook_grader.runner import verdict
from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.verdict import is_test


class NotebookRun:
    """One run through a notebook: the process, what it has run, and what had to be given up.

    cell_limit      seconds for one cell
    notebook_limit  seconds for all cells together, replays included, start of the process not
    """

    def __init__(self, cell_limit: float, notebook_limit: float):
        self._cell_limit, self._notebook_limit = cell_limit, notebook_limit
        self._left = float(notebook_limit)
        self._kernel: Kernel | None = None
        self._done: list[str] = []  # cells whose effects the process holds, for a replay
        self._given_up: list[str] = []  # first lines of cells that were stopped
        self._has_hung = False

    def execute(self, cell: NotebookNode) -> None:
        """Run one code cell and write its outputs into it."""
        cell.outputs, cell.execution_count = [], None
        if not cell.source.strip():
            return
        test = is_test(cell)
        if self._left <= 0:
            cell.outputs = self._out_of_time(test)
            return
        limit = self._limit(test)
        run = self._run(cell.source, limit, in_history=not test)
        if test:
            cell.outputs = verdict.judged(run, limit, cell.source, self._remark(run))
        else:
            cell.outputs = verdict.shown(run, limit)
            self._remember(cell.source, run)

    def _limit(self, test: bool) -> float:
        """Return the seconds for a cell: after a first timeout little for cells without marks, which often hang too."""
        limit = self._cell_limit if test or not self._has_hung else max(1.0, self._cell_limit / 10)
        return min(limit, self._left)

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()

    def _run(self, source: str, limit: float, in_history: bool) -> CellRun:
        kernel = self._living_kernel()
        run = kernel.run(source, limit, in_history)
        self._left -= run.seconds
        self._has_hung |= run.status == "timeout"
        return run

    def _living_kernel(self) -> Kernel:
        """Return the process; where it ended, a new one that has replayed every cell that did no harm."""
        while self._kernel is None or not self._kernel.is_alive:
            self.close()
            self._kernel = Kernel()
            self._kernel.wait_until_ready()
            self._replay(self._kernel)
        return self._kernel

    def _replay(self, kernel: Kernel) -> None:
        """Run the cells before again, without showing them; one that ends the process now is given up as well."""
        for source in list(self._done):
            run = kernel.run(source, max(1.0, min(self._cell_limit, self._left)))
            self._left -= run.seconds
            if run.status in ("timeout", "died"):
                self._done.remove(source)
                self._remember(source, run)
            if not kernel.is_alive:
                return

    def _remember(self, source: str, run: CellRun) -> None:
        if run.status in ("timeout", "died"):
            self._given_up.append(source.strip().split("\n")[0][:60])
        else:
            self._done.append(source)

    def _remark(self, run: CellRun) -> str:
        """Say why a name may be missing: the cell that defines it was stopped."""
        if run.status != "error" or run.error[0] == "CheckFailed" or not self._given_up:
            return ""
        cells = "; ".join(f"`{line}`" for line in self._given_up)
        return f"Stopped before, so what these cells define may be missing: {cells}"

    def _out_of_time(self, test: bool) -> list[NotebookNode]:
        text = f"not run: the cells before took all {self._notebook_limit} s that a notebook has."
        return verdict.refused("TimeLimit", text) if test else [new_output("stream", name="stdout", text=text)]


def run_notebook(notebook: NotebookNode, cell_limit: float, notebook_limit: float) -> None:
    """Fill the outputs of every code cell. Raises CourseError where no kernel can be started at all."""
    run = NotebookRun(cell_limit, notebook_limit)
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                run.execute(cell)
    finally:
        run.close()
    _hide_everywhere(notebook)


def _hide_everywhere(nb: NotebookNode) -> None:
    """Take the hidden lines of all tests out of the outputs of all cells."""
    lines = [line for cell in nb.cells if is_test(cell) for line in verdict.hidden_lines(cell.source)]
    for cell in nb.cells:
        if cell.cell_type == "code":
            verdict.hide(cell.outputs, lines)
