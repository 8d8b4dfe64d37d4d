"""The engine that runs a notebook in a kernel of its own, forked from a warm process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbformat import NotebookNode

from benchmarks.warm_kernels.processes import NURSERY
from benchmarks.warm_kernels.run import run_notebook
from course.attacks.batch import Batch
from course.attacks.engines import ours
from notebook_grader.store.submission import EngineRun


class KernelEngine:
    """Runs a notebook in a kernel of its own."""

    def __init__(self, limits: dict):
        self._limits = limits

    def run(self, notebook: NotebookNode) -> EngineRun:
        """Fill the outputs of all code cells. Raises CourseError where no kernel can be started at all."""
        started = time.perf_counter()
        run_notebook(notebook, self._limits["cell"], self._limits["notebook"])
        return EngineRun([], [], 0, time.perf_counter() - started, None, "process")


@contextmanager
def open_kernel_engine(limits: dict, shared: Path | None = None) -> Iterator[KernelEngine]:
    """Hold the warm process that kernels are forked from; it is never shared.

    Raises CourseError where it cannot import the helpers.
    """
    with NURSERY.open():
        yield KernelEngine(limits)


def warm(batch: Batch) -> dict[str, str]:
    """Repair the hand-ins, then let kernels that are forked from a warm process run them, tests and all."""
    return ours(batch, open_engine=open_kernel_engine)
