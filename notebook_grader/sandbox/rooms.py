"""Rooms, as the warm process sees them: it takes one for each submission, forks into it, and ends all that is in it."""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from notebook_grader.sandbox import reach, syscalls, system
from notebook_grader.sandbox.entering import Place, enter
from notebook_grader.sandbox.levels import Limits, Part, Probe, SandboxError
from notebook_grader.sandbox.namespaces import short_lived_user

_LIMITS = Limits()
_PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "COURSE_DATA")  # rooms' first processes have the keeper's memory
_START_LIMIT, _ROOM_LIMIT = 30, 10  # seconds, on a busy machine


class Keeper:
    """The warm process's side of the keeper; `close` it in the end.

    probe  what holds on this machine; all of it must hold in every room

    The process must have one thread. After the first fork into a room it can start no other process than rooms'.
    Raises SandboxError where a part that the probe found does not hold.
    """

    def __init__(self, probe: Probe):
        self._probe = probe
        self._numbers = itertools.count(1)
        self._process = self._line = None
        reach.readable(), reach.links()  # looked up here, not in every child
        with _explained("preparing the sandbox"):
            if {Part.SYSCALLS, Part.PID} <= probe.holds:
                syscalls.prepared(True, Part.VIEW in probe.holds)
            if probe.makes_rooms:
                self._start()

    def room(self, place: Path, limits: Limits = _LIMITS) -> "Room":
        """Make a room around an empty folder, which is the only one to be written to inside. Takes milliseconds.

        limits  how much the code may take

        Where the room has a file tree of its own, nothing that is written inside is seen outside, and it ends with it.
        Raises SandboxError.
        """
        place = _checked(place)
        number = next(self._numbers)
        uid = short_lived_user(number) if self._probe.as_root else os.geteuid()
        with _explained("making a room"):
            request = {"number": number, "place": str(place), "uid": uid, "file_mb": limits.file_mb}
            first = self._ask(request) if self._process else None
            if self._probe.as_root and Part.IDENTITY in self._probe.holds and Part.VIEW not in self._probe.holds:
                os.chown(place, uid, uid)
            door = None if first is None else os.pidfd_open(first)
        return Room(Place(place, self._probe.holds, limits, uid, os.getpid(), door))

    def close(self) -> None:
        """End the keeper, and with it every room that is still there."""
        if self._process:
            self._line.close()
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        names = [part.name for part in self._probe.holds]
        script = [sys.executable, "-m", "notebook_grader.sandbox.keeper", str(theirs.fileno()), *names]
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        passed_on |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            script, env=passed_on, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        self._line.settimeout(_START_LIMIT)
        self._answer(0)
        self._line.settimeout(_ROOM_LIMIT)
        if Part.USER in self._probe.holds:
            door = os.pidfd_open(self._process.pid)
            system.setns(door, system.CLONE_NEWUSER)
            os.close(door)

    def _ask(self, request: dict) -> int:
        self._line.send(json.dumps(request).encode())
        return self._answer(request["number"])["first"]

    def _answer(self, number: int) -> dict:
        """Wait for the answer with a number; one that comes too late for its request is nobody's."""
        said = {"number": None}
        while said["number"] != number:
            said = json.loads(self._line.recv(65536) or json.dumps({"number": number, "error": "the keeper has ended"}))
        if "error" in said:
            raise OSError(said["error"])
        return said


class Room:
    """A place for one process of a student's and all that it starts."""

    def __init__(self, place: Place):
        self._place = place
        self._status: int | None = None
        self.pid: int | None = None

    def fork(self) -> int:
        """Fork as os.fork does; the child must call `enter` before anything else. Raises SandboxError."""
        with _explained("forking into a room"):
            if Part.PID in self._place.parts:
                system.setns(self._place.door, system.CLONE_NEWPID)
            self.pid = os.fork()
        return self.pid

    def enter(self, keep: Iterable[int] = ()) -> None:
        """Put up all walls around this process, the child of `fork`.

        keep  descriptors that stay open, besides 0, 1 and 2

        Raises SandboxError where one does not hold: then the child must end, and nothing of a student's may run.
        """
        with _explained("entering the sandbox"):
            enter(self._place, keep)

    def interrupt(self) -> None:
        """Send SIGINT to the child: KeyboardInterrupt in the cell that runs."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGINT)

    def poll(self) -> int | None:
        """Return the child's status as os.waitpid gives it, None while it runs. What it has left behind is ended."""
        if self._status is None and self.pid is not None:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is not None:
                self.end()
        return self._status

    def end(self) -> int | None:
        """Kill all that lives in the room, wait for the child, return its status; None where there was none."""
        if self._place.door is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._place.door, signal.SIGKILL)
            os.close(self._place.door)
            self._place = self._place._replace(door=None)
        if self._status is None and self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has not yet a session of its own
                os.killpg(self.pid, signal.SIGKILL)
            self._status = os.waitpid(self.pid, 0)[1]
        return self._status


def _checked(place: Path) -> Path:
    place = place.resolve()
    if not place.is_dir() or any(place.iterdir()):
        raise SandboxError(f"{place} is no empty folder. Give the student's code an empty folder of its own.")
    return place


@contextlib.contextmanager
def _explained(doing: str):
    try:
        yield
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise SandboxError(
            f"{doing} failed: {error}. Nothing was run. Start the grader again: it tries anew what this machine offers."
        ) from error
