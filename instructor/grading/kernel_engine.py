"""The engine that runs a notebook in a kernel of its own, forked from a warm process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from nbformat import NotebookNode

from instructor.grading.executor import GradingExecute
from instructor.grading.processes import NURSERY
from instructor.grading.submission import EngineRun


class KernelEngine:
    """Runs a notebook as nbgrader would run it with `GradingExecute`."""

    def __init__(self, limits: dict):
        self._limits = {f"{name}_limit": seconds for name, seconds in limits.items()}

    def run(self, notebook: NotebookNode) -> EngineRun:
        """Fill the outputs of all code cells. Raises CourseError where no kernel can be started at all."""
        started = time.perf_counter()
        GradingExecute(**self._limits).preprocess(notebook, {})
        return EngineRun([], [], time.perf_counter() - started, None, "process")


@contextmanager
def open_kernel_engine(limits: dict) -> Iterator[KernelEngine]:
    """Hold the warm process that kernels are forked from. Raises CourseError where it cannot import the helpers."""
    with NURSERY.open():
        yield KernelEngine(limits)
