"""What a forked process does before the first line of a student's code; each step takes something away for ever."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from notebook_grader.sandbox import syscalls, system, walls
from notebook_grader.sandbox.levels import Limits, Part
from notebook_grader.sandbox.namespaces import flags, map_user

# What the code may know of the environment: no token, no proxy, no path of the grader's.
_KEPT = (
    "PATH", "PYTHONPATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "COURSE_PROFILE", "COURSE_DATA", "NBGRADER_EXECUTION",
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MPLBACKEND",
    "HF_HUB_OFFLINE", "PIP_NO_INDEX", "PIP_DRY_RUN", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED",
)  # fmt: skip
_HOMES = ("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


class Place(NamedTuple):
    """Where a process enters.

    folder  the writable folder, an absolute path
    parts   what must hold
    limits  how much it may take
    uid     user to become, where this is root
    parent  process that made the fork
    door    pidfd of the room's first process, None where there are no namespaces
    """

    folder: Path
    parts: frozenset[Part]
    limits: Limits
    uid: int
    parent: int
    door: int | None


def enter(place: Place, keep: Iterable[int]) -> None:
    """Put up every wall around this process. Raises OSError at the first one that does not hold."""
    os.setsid()
    _reset_signals()
    memory = walls.address_space() if Part.LIMITS in place.parts else 0
    walls.volunteer_for_the_end()
    _clear_environment(place.folder)
    if place.door is not None:
        _join(place)
    _close_all_but(keep)
    os.chdir(place.folder)
    if Part.IDENTITY in place.parts:
        walls.drop_identity(place.uid)
    if Part.PID not in place.parts and sys.platform == "linux":
        _end_with(place.parent)
    if Part.LIMITS in place.parts:
        walls.limit(place.limits, memory)
    _shut(place)


def _shut(place: Place) -> None:
    """Put up the walls behind which no other one can be put up; the system calls come last."""
    if Part.PROCESSES in place.parts:
        walls.limit_processes(place.limits)
    if Part.LANDLOCK in place.parts:
        walls.wall_files(place.folder, Part.VIEW in place.parts, Part.SCOPE in place.parts)
    if Part.SYSCALLS in place.parts:
        syscalls.load(Part.PID in place.parts, Part.VIEW in place.parts)


def _join(place: Place) -> None:
    """Go into the room's namespaces, and for an unprivileged user into a user namespace below that one.

    The latter so that its processes are counted by themselves, and no capability reaches the room's other namespaces.
    """
    kinds = flags(place.parts) & ~system.CLONE_NEWPID | (system.CLONE_NEWNS if Part.VIEW in place.parts else 0)
    proc = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY) if Part.USER in place.parts else None
    uid, gid = os.geteuid(), os.getegid()
    if kinds:
        system.setns(place.door, kinds)
    if proc is not None:
        system.unshare(system.CLONE_NEWUSER)
        map_user(uid, gid, proc)


def _reset_signals() -> None:
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _clear_environment(folder: Path) -> None:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | dict.fromkeys(_HOMES, str(folder)) | {"USER": "student", "LOGNAME": "student"})
    tempfile.tempdir = None
    stat = Path("/proc/self/stat")
    if stat.exists():
        system.forget_environment(stat.read_text().rpartition(")")[2].split())


def _close_all_but(keep: Iterable[int]) -> None:
    last = 2
    for descriptor in sorted({number for number in keep if number > 2}):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))


def _end_with(parent: int) -> None:
    """End when the parent does; where there is a PID namespace, its first process takes care of that."""
    system.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        raise OSError("the process that made the fork has ended")
