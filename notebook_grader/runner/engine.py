"""The engine that the grader holds: a judge for many notebooks, forked from a warm process that many engines share."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from notebook_grader import GraderError
from notebook_grader.runner.channel import Channel, WireError
from notebook_grader.runner.processes import ADDRESS, GREETING, start_cold
from notebook_grader.sandbox import Level
from notebook_grader.store.submission import EngineRun

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
def open_split_engine(limits: dict, shared: Path | None = None, *, trusted: bool = False) -> Iterator["SplitEngine"]:
    """Hold an engine.

    limits   seconds: `cell`, `notebook`
    shared   a folder; engines with the same one have one warm process between them. None: this one has its own
    trusted  True lets notebooks run where the sandbox is weak, or there is none

    Raises GraderError where the course's packages cannot be imported, or the sandbox is weaker than WALLED.
    """
    warm = _Warm(shared)
    try:
        if warm.level < Level.WALLED and not trusted:
            raise GraderError(
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

        Raises GraderError where two judges in turn have ended without an answer.
        """
        limits = {"cell_limit": self._limits["cell"], "notebook_limit": self._limits["notebook"]}
        for _ in range(2):  # a judge that was killed is no fault of the notebook's; it is tried once more
            try:
                self._judge = self._judge or self._warm.judge()
                self._judge.send({"notebook": notebook} | limits)
                answer, _ = self._judge.receive()
            except (EOFError, OSError, WireError):
                self.close()
                continue
            if "error" in answer:
                raise GraderError(answer["error"])
            notebook.cells = nbformat.from_dict(answer["notebook"]).cells
            return EngineRun(**answer["report"], level=self._warm.level.name.lower())
        raise GraderError(
            f"The process that judges ended without a result, twice. It said: {self._warm.last_words() or 'nothing'}. "
            "Grade this hand-in again."
        )

    def close(self) -> None:
        """Let the judge end."""
        if self._judge is not None:
            self._judge.close()
            self._judge = None


class _Warm:
    """The warm process, as one engine knows it: started by whoever needs it first, found by the others."""

    def __init__(self, shared: Path | None):
        self._folder = shared or Path(tempfile.mkdtemp(prefix="grading-"))
        self._is_shared, self._log = shared is not None, self._folder / "log"
        self._process: subprocess.Popen | None = None  # where this engine has started it
        self._control: socket.socket | None = None
        self._line: socket.socket | None = self._reach()
        greeting = json.loads((self._folder / GREETING).read_text(encoding="utf-8"))
        self._forks, self.level, self.lines = greeting["forks"], Level(greeting["level"]), greeting["lines"]

    def judge(self) -> Channel:
        """Return the channel to a new judge, which ends with it: a fork where there can be one, else a cold process."""
        line, self._line = self._line or self._reach(), None
        if self._forks:
            return Channel(line)
        line.close()
        ours, theirs = socket.socketpair()
        with theirs:
            self._begin("judge", theirs)
        return Channel(ours)

    def last_words(self) -> str:
        """Return the end of what the processes have written."""
        return self._log.read_text(errors="replace").strip()[-1000:]

    def end(self) -> None:
        """End it where this engine has started it; judges end when their channels are closed."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._stop()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _stop(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _reach(self) -> socket.socket:
        """Return a line to the warm process, which is started where there is none or it has ended."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(OSError):
                return self._connected()
            self._start()
            return self._connected()

    def _connected(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(self._folder / ADDRESS))
        except OSError:
            line.close()
            raise
        return line

    def _start(self) -> None:
        if self._process is not None:
            self._stop()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = self._begin("warm", theirs)
        self._control.settimeout(_START_LIMIT)
        try:
            is_ready = bool(self._control.recv(1))
        except OSError:
            is_ready = False
        if not is_ready:
            said = self.last_words()
            self._stop()
            if not self._is_shared:
                shutil.rmtree(self._folder, ignore_errors=True)
            raise GraderError(
                f"The process that runs submissions could not import the course's packages. It said:\n{said}\n"
                "Mend the installation: `python -c 'import helpers.denoisers'` must work in this environment."
            )

    def _begin(self, role: str, connection: socket.socket) -> subprocess.Popen:
        with self._log.open("ab") as log:
            return start_cold(role, connection, env=_environment(), cwd=self._folder, stdout=log, stderr=log)


def _environment() -> dict[str, str]:
    """Return the variables of the processes that run submissions: no token, no proxy, no path of the class."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    data = os.environ.get("COURSE_DATA")
    passed_on |= {"COURSE_DATA": str(Path(data).resolve())} if data else {}
    return passed_on | _FIXED | {"PYTHONPATH": str(_ROOT)}
