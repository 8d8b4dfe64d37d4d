"""A process that runs a student's cells, with a time limit for each, in an empty folder and a bare environment.

`Kernel` is the door to it: start, run a cell, close. What happens inside the process never raises here: a cell that
fails, hangs or kills the process is a `CellRun` with that status.
"""

import contextlib
import signal
import tempfile
from pathlib import Path
from queue import Empty
from time import monotonic

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from benchmarks.warm_kernels.processes import NURSERY, START_LIMIT, Request
from course import CourseError
from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.outputs import Collector

_PROLOGUE = """
def _prepare():
    import random, sys, numpy, torch
    from helpers.runtime import stand_in_for_cuda
    stand_in_for_cuda()
    random.seed(0), numpy.random.seed(0), torch.manual_seed(0)  # the same start for everybody
    get_ipython().user_ns.update(exit=sys.exit, quit=sys.exit)  # ipykernel's own would end the process
_prepare()
del _prepare
"""
_GRACE = 3.0  # seconds that a cell has to end after an interrupt, and its outputs to come after its reply
_SILENCE = 1.0  # seconds without a message after the reply: nothing more will come
_LONGEST_SOCKET_PATH = 80  # the system's limit is about 104 characters, and a port is appended


class Kernel:
    """An IPython kernel in a session of its own. Starting returns at once; `wait_until_ready` waits for it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        home = Path(self._folder.name)
        work, connection = home / "work", home / "connection"
        work.mkdir()
        connection.mkdir(mode=0o700)
        self._log = home / "log"
        self._client = BlockingKernelClient()
        self._client.load_connection_info(_connection(connection))
        arguments = [
            "-f", str(connection / "kernel.json"),
            "--HistoryManager.enabled=False", "--InteractiveShell.colors=nocolor",
        ]  # fmt: skip
        self._process = NURSERY.start(Request(arguments, work, self._log, home))
        self._client.start_channels()
        self._prologue = self._client.execute(_PROLOGUE, silent=True)

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    def wait_until_ready(self) -> None:
        """Wait until the helpers are imported. Raises CourseError where that fails: no student's fault."""
        deadline = monotonic() + START_LIMIT
        reply = None
        while reply is None and self.is_alive and monotonic() < deadline:
            reply = self._reply_to(self._prologue, timeout=0.5)
        if reply is None or reply["status"] != "ok":
            said = "\n".join(reply.get("traceback", [])[-3:]) if reply else self._last_words()
            raise CourseError(
                f"The process that runs submissions did not get ready; expected `import helpers` to work there. "
                f"It said: {said or 'nothing'}. Run `python -c 'import helpers.runtime'` in this environment."
            )
        self._client.wait_for_ready(timeout=START_LIMIT)

    def run(self, source: str, limit: float, in_history: bool = True) -> CellRun:
        """Run one cell.

        limit       seconds after which it is interrupted, and killed where that does not help
        in_history  whether the cell's text appears in `In`, where later cells can read it
        """
        started = monotonic()
        if not self.is_alive:
            return CellRun("died", [], None, 0.0)
        asked = self._client.execute(source, store_history=in_history, allow_stdin=False, stop_on_error=False)
        collector = Collector()
        reply = self._follow(asked, collector, started + limit)
        timed_out = reply is None and self.is_alive
        if timed_out:
            self._interrupt(asked, collector)
        return _cell_run(reply, timed_out, collector, monotonic() - started)

    def close(self) -> None:
        """End the process and all that it started, at once."""
        self._process.kill()
        with contextlib.suppress(Exception):  # channels of a dead kernel may refuse; nothing depends on them now
            self._client.stop_channels()
        self._folder.cleanup()

    def _follow(self, asked: str, collector: Collector, deadline: float) -> dict | None:
        """Collect outputs until the cell is done; return its reply, or None where it hangs or the process died."""
        reply = None
        while monotonic() < deadline:
            seen = self._collect(asked, collector, timeout=0.25 if reply is None else _SILENCE)
            if seen == "idle":
                return reply or self._reply_to(asked, timeout=_GRACE)
            if reply is None:
                reply = self._reply_to(asked, timeout=0)
                # On a busy machine the reply overtakes the outputs: wait for them, but not for a thread without end.
                deadline = deadline if reply is None else min(deadline, monotonic() + _GRACE)
                if reply is None and not self.is_alive:
                    return None
            elif seen == "nothing":  # under a flood of output the "idle" message can be dropped
                return reply
        return reply

    def _collect(self, asked: str, collector: Collector, timeout: float) -> str:
        """Take one message; return "idle" where it says that the cell is done, "nothing" where none came."""
        try:
            message = self._client.get_iopub_msg(timeout=timeout)
        except Empty:
            return "nothing"
        if message["parent_header"].get("msg_id") != asked:
            return "message"
        collector.add(message)
        is_idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        return "idle" if is_idle else "message"

    def _reply_to(self, asked: str, timeout: float) -> dict | None:
        deadline = monotonic() + timeout
        while True:
            try:
                message = self._client.get_shell_msg(timeout=max(0.0, deadline - monotonic()))
            except Empty:
                return None
            if message["parent_header"].get("msg_id") == asked:
                return message["content"]

    def _interrupt(self, asked: str, collector: Collector) -> None:
        self._process.send(signal.SIGINT)
        if self._follow(asked, collector, monotonic() + _GRACE) is None:
            self._process.kill()

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-500:].strip()


def _cell_run(reply: dict | None, timed_out: bool, collector: Collector, seconds: float) -> CellRun:
    if timed_out:
        return CellRun("timeout", collector.outputs, None, seconds)
    if reply is None:
        return CellRun("died", collector.outputs, None, seconds)
    if reply["status"] == "ok":
        return CellRun("ok", collector.outputs, None, seconds)
    error = reply.get("ename", "Error"), reply.get("evalue", ""), list(reply.get("traceback", []))
    return CellRun("error", collector.outputs, error, seconds)


def _connection(folder: Path) -> dict:
    """Write the connection file, over sockets in the file system where their path is short enough."""
    socket = str(folder / "s")
    place = {"transport": "ipc", "ip": socket} if len(socket) < _LONGEST_SOCKET_PATH else {"ip": "127.0.0.1"}
    return write_connection_file(str(folder / "kernel.json"), **place)[1]
