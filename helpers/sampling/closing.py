"""While a chapter is checked its finished functions are closed, so that nobody passes an exercise by calling one."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_closed: ContextVar[frozenset[str]] = ContextVar("closed", default=frozenset())


class FinishedFunctionClosed(RuntimeError):
    """Raised when the code under check calls the course's finished version of the function that it should be."""


def taught_in(chapter: int) -> Callable:
    """Mark a function as taught in a chapter: its name can then be closed while that chapter is checked."""

    def mark(function):
        @functools.wraps(function)
        def guarded(*args, **kwargs):
            if function.__name__ in _closed.get():
                raise FinishedFunctionClosed(
                    f"{_home(function)}.{function.__name__} is the finished function that chapter {chapter} asks you "
                    "to write. It is closed while your own is checked: write the formula out instead."
                )
            return function(*args, **kwargs)

        return guarded

    return mark


def _home(function) -> str:
    """Return the package or module that students import a function from."""
    return "helpers.sampling" if function.__module__.startswith("helpers.sampling.") else function.__module__


@contextmanager
def closed_while_checking(*names: str) -> Iterator[None]:
    """Close the named functions of `helpers.sampling` for the code that runs inside the block."""
    token = _closed.set(_closed.get() | set(names))
    try:
        yield
    finally:
        _closed.reset(token)


def closed_names() -> frozenset[str]:
    """Return the names that are closed now."""
    return _closed.get()
