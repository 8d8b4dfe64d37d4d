"""The IPython shell of a student's process: it runs cells and sends what they show, without sockets or threads."""

import base64
import importlib
import io
import os
import sys
from collections.abc import Callable

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

_MOST_WAITING = 8192  # characters of text that wait to be sent


class Shell:
    """Runs cells in one namespace. `send` takes each output as a message of Jupyter's protocol."""

    def __init__(self, send: Callable[[dict], None]):
        self._shell = _the_shell()
        self._shell.display_pub.send = self._shell.displayhook.send = self._show
        self._shell.user_ns.update(exit=sys.exit, quit=sys.exit, get_ipython=self._shell.get_ipython)
        self._send = send
        self._streams = [_Stream(name, number, send) for number, name in enumerate(("stdout", "stderr"), 1)]
        sys.stdout, sys.stderr = self._streams
        self._shell.showtraceback = self._remember_error
        self._error: list | None = None

    @property
    def names(self) -> dict:
        """What the notebook has defined."""
        return self._shell.user_ns

    def run(self, source: str, in_history: bool) -> dict:
        """Run a cell; return "ok" or "error", and the error's name, text and traceback."""
        self._error = None
        result = self._shell.run_cell(source, store_history=in_history, silent=False)
        self.flush()
        if self._error is None and result.success:
            return {"status": "ok", "error": None}
        return {"status": "error", "error": self._error or _plain(result)}

    def flush(self) -> None:
        """Send the text that waits."""
        for stream in self._streams:
            stream.flush()

    def _show(self, kind: str, content: dict) -> None:
        self.flush()
        self._send({"msg_type": kind, "content": content})

    def _remember_error(self, *args, **kwargs) -> None:
        """Take the place of IPython's showtraceback, which would print."""
        kind, value, where = sys.exc_info()
        try:
            lines = self._shell.InteractiveTB.structured_traceback(kind, value, where)
            custom = getattr(value, "_render_traceback_", None)
            lines = custom() if custom else lines
            text = str(value)
        except Exception as second:  # a student's class can fail at its own message
            lines, text = [], f"(its message failed with {type(second).__name__})"
        self._error = [kind.__name__, text, [str(line) for line in lines]]


def _plain(result) -> list:
    error = result.error_before_exec or result.error_in_exec
    return [type(error).__name__, str(error), []]


class _Publisher(DisplayPublisher):
    """Sends what `display` shows."""

    send: Callable[[str, dict], None]

    def publish(self, data, metadata=None, *, transient=None, update=False, **_) -> None:
        kind = "update_display_data" if update else "display_data"
        transient = {key: value for key, value in (transient or {}).items() if key == "display_id"}
        self.send(kind, {"data": _as_text(data), "metadata": {}, "transient": transient})

    def clear_output(self, wait=False) -> None:
        self.send("clear_output", {"wait": bool(wait)})


class _Hook(DisplayHook):
    """Sends the value in which a cell ends."""

    send: Callable[[str, dict], None]

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self._data = format_dict

    def finish_displayhook(self) -> None:
        data, self._data = getattr(self, "_data", None), None
        if data:
            count = self.shell.execution_count
            self.send("execute_result", {"data": _as_text(data), "metadata": {}, "execution_count": count})


def _as_text(data: dict) -> dict:
    """Return a bundle with pictures as base64, and without what is no text."""
    packed = {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value for kind, value in data.items()
    }
    return {str(kind): value for kind, value in packed.items() if isinstance(value, str)}


class _Stream(io.TextIOBase):
    """Sends what is printed, in pieces."""

    encoding = "utf-8"

    def __init__(self, name: str, descriptor: int, send: Callable[[dict], None]):
        self.name, self._descriptor, self._send = name, descriptor, send
        self._waiting: list[str] = []
        self._length = 0
        self._owner = os.getpid()

    def write(self, text) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._waiting.append(text)
        self._length += len(text)
        if self._length > _MOST_WAITING:
            self.flush()
        return len(text)

    def flush(self) -> None:
        text = "".join(self._waiting)
        self._waiting, self._length = [], 0
        if text and os.getpid() == self._owner:  # a process that the student forked has no say on this channel
            self._send({"msg_type": "stream", "content": {"name": self.name.strip("<>"), "text": text}})

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False


class _CellShell(InteractiveShell):
    """IPython's shell with our ways of showing things."""

    displayhook_class = _Hook
    display_pub_class = _Publisher


_SHELLS: list[InteractiveShell] = []


def _the_shell() -> InteractiveShell:
    """Return the shell of this process; the warm process makes it before the fork."""
    if not _SHELLS:
        config = Config()
        config.HistoryManager.enabled = False  # it would write a file, from a thread
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.cache_size = 1000
        _SHELLS.append(_CellShell.instance(config=config))
    return _SHELLS[0]


def prepare() -> None:
    """Make the shell and join it with matplotlib, so that what is forked from here has both."""
    _the_shell()
    importlib.import_module("matplotlib_inline.backend_inline")  # it looks for the shell when it is imported
