"""Errors that cross from one process to the other: name, text and the lines of the student's own code."""

import builtins
import sys
import traceback

from helpers.app.wish import BadWish
from helpers.checks.student_function import own_frames
from helpers.sampling import FinishedFunctionClosed

_OURS = {kind.__name__: kind for kind in (BadWish, FinishedFunctionClosed)}  # that the other side looks at by kind
_MOST_TEXT = 2000  # characters of a message
_MOST_FRAMES = 20


def told(error: BaseException) -> dict:
    """Return what the other side needs to rebuild an error."""
    own = own_frames(error)[-_MOST_FRAMES:]
    return {
        "type": type(error).__name__,
        "library": type(error).__module__.split(".")[0],
        "base": next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"),
        "text": _text_of(error),
        "frames": [(frame.filename, frame.lineno or 0, frame.name, frame.line or "") for frame in own],
    }


def rebuilt(values: dict) -> BaseException:
    """Return an error like the other side's: its name, its text, and `own_frames`.

    It is of the nearest built-in kind, never one that ends this process by itself.
    """
    name, text = str(values["type"]), str(values["text"])
    base = getattr(builtins, str(values["base"]), Exception)
    if not (isinstance(base, type) and issubclass(base, (Exception, SystemExit))):
        base = Exception
    if name in _OURS:
        base = _OURS[name]
    if values["library"] == "gradio" and name == "Error" and "gradio" in sys.modules:
        base = sys.modules["gradio"].Error
    error = type(name, (base,), {"__str__": lambda self: text, "__init__": lambda self: None})()
    error.own_frames = [
        traceback.FrameSummary(str(file), int(number), str(function), lookup_line=False, line=str(line))
        for file, number, function, line in values["frames"]
    ]
    return error


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_TEXT]
    except Exception as second:  # a student's class can fail at its own message
        return f"(its message failed with {type(second).__name__})"
