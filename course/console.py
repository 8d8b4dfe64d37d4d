"""How the `course` command talks: one progress line for each long step, on stdout."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(label: str) -> Iterator[Callable[[str], None]]:
    """Print `label ...` at once, and the time that the step took when it is done.

    Yields a function that adds a remark to the end of the line.
    """
    remarks: list[str] = []
    console.print(f"{label} ...", end=" ", soft_wrap=True)
    started = time.perf_counter()
    try:
        yield remarks.append
    except BaseException:
        console.print("failed")
        raise
    console.print(", ".join([f"{time.perf_counter() - started:.1f} s", *remarks]), soft_wrap=True)
