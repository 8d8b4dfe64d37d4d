"""How the `course` command talks: one progress line for each long step, on stdout."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Print `label ...` at once, and the time that the step took when it is done."""
    console.print(f"{label} ...", end=" ")
    started = time.perf_counter()
    try:
        yield
    except BaseException:
        console.print("failed")
        raise
    console.print(f"{time.perf_counter() - started:.1f} s")
