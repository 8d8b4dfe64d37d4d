"""Starting the kernels: forked from a warm process while it is open, else from cold.

Both kinds run the same ipykernel with the same environment, so they give the same marks.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import helpers
from course import CourseError

START_LIMIT = 180  # seconds until the helpers are imported, on a busy machine

# What the student's process may know of ours: no token, no proxy, no path of the course.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
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
_HEAVY = ("diffusers.pipelines.deepfloyd_if.pipeline_if", "transformers.models.t5.modeling_t5")


class Request(NamedTuple):
    """What a kernel process needs to start: ipykernel's arguments, its folder, where it logs, its home."""

    arguments: list[str]
    folder: Path
    log: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the process."""
        return _environment() | {"IPYTHONDIR": str(self.home / "ipython")}


class KernelProcess:
    """A running kernel process, the leader of a session of its own."""

    def __init__(self, pid: int):
        self.pid = pid

    @property
    def is_alive(self) -> bool:
        raise NotImplementedError

    def send(self, number: int) -> None:
        """Send a signal to it and to all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it and all that it started, and wait until it is gone."""
        self.send(signal.SIGKILL)


class _Cold(KernelProcess):
    def __init__(self, request: Request):
        with request.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ipykernel_launcher", *request.arguments],
                env=request.environment | {"JPY_PARENT_PID": str(os.getpid())},  # it ends itself where we were killed
                cwd=request.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        super().__init__(self._process.pid)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        super().kill()
        self._process.wait()


class _Warm(KernelProcess):
    """A child of the warm process: not ours to wait for, so a descriptor tells when it has ended."""

    def __init__(self, pid: int):
        super().__init__(pid)
        self._descriptor = os.pidfd_open(pid)  # ProcessLookupError where it has ended already

    @property
    def is_alive(self) -> bool:
        return self._descriptor is not None and not self._ends_within(0)

    def kill(self) -> None:
        super().kill()
        if self._descriptor is not None:
            self._ends_within(10)
            os.close(self._descriptor)
            self._descriptor = None

    def _ends_within(self, seconds: float) -> bool:
        return bool(select.select([self._descriptor], [], [], seconds)[0])


class Nursery:
    """Starts kernel processes, from a warm process while it is open."""

    def __init__(self):
        self._process: subprocess.Popen | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Hold a warm process until the block ends.

        Raises CourseError where it cannot import the course's packages: then no submission could be graded.
        """
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            log = Path(folder, "log")
            self._process = _start_warm(Path(folder), log)
            try:
                self._forks = self._first_answer(log) == 1 and hasattr(os, "pidfd_open")
                yield
            finally:
                self._end()

    def start(self, request: Request) -> KernelProcess:
        """Start a kernel process: a fork where a warm process can give one, else a cold one."""
        if self._process is not None and self._forks:
            with contextlib.suppress(OSError, ValueError, KeyError):  # a warm process that was killed gives no answer
                return self._forked(self._ask(request))
        return _Cold(request)

    def _forked(self, pid: int) -> KernelProcess:
        """Hold a forked process. Raises OSError where the system cannot watch it, and forks no more."""
        try:
            return _Warm(pid)
        except OSError:
            self._forks = False
            KernelProcess(pid).kill()
            raise

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # it flushes what a dead process did not read
            self._process.stdin.close()
        self._process = None

    def _ask(self, request: Request) -> int:
        fields = {"arguments": request.arguments, "folder": str(request.folder), "log": str(request.log)}
        message = json.dumps(fields | {"environment": request.environment}) + "\n"
        self._process.stdin.write(message)
        self._process.stdin.flush()
        return self._answer(10)["pid"]

    def _first_answer(self, log: Path) -> int:
        """Wait for the imports; return how many threads the warm process has after them."""
        try:
            return self._answer(START_LIMIT)["threads"]
        except ValueError:
            said = log.read_text(errors="replace").strip()[-1000:]
            raise CourseError(
                f"The process that runs submissions could not import the course's packages. It said:\n{said}\n"
                "Mend the installation: `python -c 'import helpers.denoisers'` must work in this environment."
            ) from None

    def _answer(self, limit: float) -> dict:
        """Read one line. Raises ValueError where none comes."""
        ready, _, _ = select.select([self._process.stdout], [], [], limit)
        return json.loads(self._process.stdout.readline() if ready else "")


NURSERY = Nursery()


def warm_modules() -> list[str]:
    """Name what a submission imports sooner or later, as far as this version of helpers has it."""
    folder = Path(helpers.__file__).parent
    names = ("sampling", "denoisers", "checks", "data", "plotting", "widgets")
    found = [name for name in names if (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()]
    return ["helpers.runtime", *(f"helpers.{name}" for name in found), *_HEAVY]


def _start_warm(folder: Path, log: Path) -> subprocess.Popen:
    script = Path(__file__).with_name("nursery.py")
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, str(script), *warm_modules()], env=_environment(), cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    data = os.environ.get("COURSE_DATA")
    passed_on |= {"COURSE_DATA": str(Path(data).resolve())} if data else {}
    return passed_on | _FIXED | {"PYTHONPATH": str(Path(helpers.__file__).parent.parent)}
