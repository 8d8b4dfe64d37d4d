"""The engine that the grader holds: a warm process and a judge, started once for many notebooks."""

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from instructor import CourseError
from instructor.grading.classroom.submission import EngineRun
from instructor.grading.split.channel import Channel, WireError
from instructor.grading.split.processes import start_cold
from instructor.sandbox import Level

_ROOT = Path(find_spec("helpers").origin).parents[1]  # found, not imported: that would load torch
_START_LIMIT = 180  # seconds until everything is imported, on a busy machine
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_FIXED = {
    "COURSE_PROFILE": "grade",
    "NBGRADER_EXECUTION": "autograde",
    "CUDA_VISIBLE_DEVICES": "",  # a mark must not depend on the machine
    "OMP_NUM_THREADS": "1",  # nor on its number of cores; and a warm process must not hold threads when it forks
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "HF_HUB_OFFLINE": "1",
    "PIP_NO_INDEX": "1",  # `!pip install` in a submission must not change the grader's packages
    "PIP_DRY_RUN": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@contextlib.contextmanager
def open_split_engine(limits: dict, trusted: bool = False) -> Iterator["SplitEngine"]:
    """Hold an engine.

    limits   seconds: `cell`, `notebook`
    trusted  True lets notebooks run where the sandbox is weak, or there is none

    Raises CourseError where the course's packages cannot be imported, or the sandbox is weaker than WALLED.
    """
    warm = _Warm()
    try:
        if warm.level < Level.WALLED and not trusted:
            raise CourseError(
                "This machine cannot shut students' code in:\n" + "\n".join(warm.lines) + "\n"
                "Grade on a Linux with Landlock and seccomp, or say that you trust the notebooks: "
                "--i-trust-these-notebooks."
            )
        engine = SplitEngine(warm, limits)
        yield engine
        engine.close()
    finally:
        warm.end()


class SplitEngine:
    """Runs notebooks, one at a time: their code in a sandbox, their tests outside of it."""

    def __init__(self, warm: "_Warm", limits: dict):
        self._warm, self._limits = warm, limits
        self._judge: Channel | None = None

    def run(self, notebook: NotebookNode) -> EngineRun:
        """Fill the outputs of all code cells, in place.

        Raises CourseError where two judges in turn have ended without an answer.
        """
        limits = {"cell_limit": self._limits["cell"], "notebook_limit": self._limits["notebook"]}
        for _ in range(2):  # a judge that was killed is no fault of the notebook's; it is tried once more
            try:
                self._judge = self._judge or self._warm.judge()
                self._judge.send({"notebook": notebook} | limits)
                answer, _ = self._judge.receive()
            except (EOFError, OSError, WireError):
                self.close()
                self._warm.revive()
                continue
            if "error" in answer:
                raise CourseError(answer["error"])
            notebook.cells = nbformat.from_dict(answer["notebook"]).cells
            return EngineRun(**answer["report"], level=self._warm.level.name.lower())
        raise CourseError(
            f"The process that judges ended without a result, twice. It said: {self._warm.last_words() or 'nothing'}. "
            "Grade this hand-in again."
        )

    def close(self) -> None:
        """Let the judge end."""
        if self._judge is not None:
            self._judge.close()
            self._judge = None


class _Warm:
    """The warm process."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        self._log = Path(self._folder.name, "log")
        self._start()

    def judge(self) -> Channel:
        """Return the channel to a new judge, which ends with it: a fork where there can be one, else a cold process."""
        ours, theirs = socket.socketpair()
        with theirs:
            if self._forks:
                socket.send_fds(self._control, [b"j"], [theirs.fileno()])
            else:
                self._begin("judge", theirs)
        return Channel(ours)

    def revive(self) -> None:
        """Start again where it has ended."""
        if self._process.poll() is not None:
            self._control.close()
            self._start()

    def last_words(self) -> str:
        """Return the end of what the processes have written."""
        return self._log.read_text(errors="replace").strip()[-1000:]

    def end(self) -> None:
        """End it; judges end when their channels are closed."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = self._begin("warm", theirs)
        self._control.settimeout(_START_LIMIT)
        try:
            greeting = json.loads(self._control.makefile().readline())
        except (OSError, ValueError):
            said = self.last_words()
            self.end()
            raise CourseError(
                f"The process that runs submissions could not import the course's packages. It said:\n{said}\n"
                "Mend the installation: `python -c 'import helpers.denoisers'` must work in this environment."
            ) from None
        self._forks, self.level, self.lines = greeting["forks"], Level(greeting["level"]), greeting["lines"]

    def _begin(self, role: str, connection: socket.socket):
        with self._log.open("ab") as log:
            return start_cold(role, connection, env=_environment(), cwd=self._folder.name, stdout=log, stderr=log)


def _environment() -> dict[str, str]:
    """Return the variables of the processes that run submissions: no token, no proxy, no path of the class."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    data = os.environ.get("COURSE_DATA")
    passed_on |= {"COURSE_DATA": str(Path(data).resolve())} if data else {}
    return passed_on | _FIXED | {"PYTHONPATH": str(_ROOT)}
