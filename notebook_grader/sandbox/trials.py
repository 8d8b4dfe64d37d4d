"""Trying each wall, run as a script: every trial is a child that puts one up and then runs against it.

Prints one line of JSON: for each part the reason why it does not hold, "" where it does.
"""

import contextlib
import errno
import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from notebook_grader.sandbox import syscalls, system, view, walls
from notebook_grader.sandbox.levels import Limits, Part, Probe, SandboxError
from notebook_grader.sandbox.namespaces import is_root, map_user, short_lived_user
from notebook_grader.sandbox.reach import readable
from notebook_grader.sandbox.rooms import Keeper

_SMALL = Limits(memory_mb=200, cpu_seconds=5, file_mb=1, open_files=64, processes=4)
_NAMESPACES = (Part.PID, Part.NETWORK, Part.IPC, Part.VIEW, Part.PROC)


def main() -> None:
    """Try all parts, then a room of those that hold: namespaces that only work one by one are none."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        Path(folder).chmod(0o755)
        reasons = {part: _reason(trial, folder) for part, trial in _TRIALS.items()}
        if is_root():
            reasons[Part.USER] = "not needed by root"
        elif reasons[Part.USER]:
            reasons |= dict.fromkeys(_NAMESPACES, reasons[Part.USER])
        if is_root() and reasons[Part.VIEW] and not reasons[Part.IDENTITY]:
            reasons[Part.IDENTITY] = _reason(_try_reach, folder)
        for doubtful in (_NAMESPACES, Part):
            if reason := _room_fails(reasons, folder):
                reasons |= {part: reasons[part] or reason for part in doubtful}
    print(json.dumps({part.name: reason for part, reason in reasons.items()}))


def _reason(trial: Callable[[Path], None], folder: str | Path) -> str:
    """Run a trial in a child, with an empty folder of its own; return why it failed, "" where it did not."""
    place = Path(tempfile.mkdtemp(dir=folder))
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            trial(place)
            os.write(writing, b"holds")
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}"[:300].encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, errors="replace") as said:
        text = said.read()
    os.waitpid(pid, 0)
    return "" if text == "holds" else text or "the trial was killed"


def _room_fails(reasons: dict[Part, str], folder: str) -> str:
    """Enter a room with every part that holds; return why that failed."""
    probe = Probe(frozenset(part for part in reasons if not reasons[part]), {}, is_root())
    return _reason(lambda place: _try_room(probe, place), folder)


def _try_room(probe: Probe, place: Path) -> None:
    keeper = Keeper(probe)
    here, there = socket.socketpair()
    try:
        room = keeper.room(place)
        if room.fork() == 0:
            try:
                room.enter([there.fileno()])
                Path(place, "file").write_text("")
                there.send(b"entered")
            except (SandboxError, OSError) as error:
                there.send(str(error).encode())
            finally:
                os._exit(0)
        there.close()
        said = here.recv(1000).decode()
        room.end()
    finally:
        keeper.close()
    _hold(said == "entered", said or "the process ended while it entered")


def _hold(fact: bool, otherwise: str) -> None:
    if not fact:
        raise OSError(otherwise)


@contextlib.contextmanager
def _refused(*numbers: int, otherwise: str) -> Iterator[None]:
    """Hold that what the block does is refused by the system with one of these errors."""
    try:
        yield
    except OSError as error:
        if error.errno in numbers:
            return
        raise
    raise OSError(otherwise)


def _own_user_namespace(flags: int = 0) -> None:
    """Make namespaces as the keeper does: an unprivileged user needs a user namespace first."""
    if not is_root():
        uid, gid = os.geteuid(), os.getegid()
        system.unshare(system.CLONE_NEWUSER)
        map_user(uid, gid)
    if flags:
        system.unshare(flags)


def _try_limits(place: Path) -> None:
    walls.limit(_SMALL, walls.address_space())
    try:
        bytearray(400 << 20)
    except MemoryError:
        return
    raise OSError("more memory was given than the limit")


def _try_identity(place: Path) -> None:
    if os.geteuid() == 0:
        _own_user_namespace()
    walls.drop_identity(short_lived_user())
    _hold(os.geteuid() != 0, "the process is still root")
    with _refused(errno.EPERM, errno.EINVAL, otherwise="the process could become root again"):
        os.setuid(0)
    status = Path("/proc/self/status").read_text()
    (left,) = (line.split()[1] for line in status.splitlines() if line.startswith("CapPrm:"))
    _hold(int(left, 16) == 0, "capabilities are left")


def _try_reach(place: Path) -> None:
    """Another user than root must be able to reach Python, where no file tree of its own brings it near."""
    walls.drop_identity(short_lived_user())
    for path in readable():
        path.stat()


def _try_processes(place: Path) -> None:
    _own_user_namespace()
    walls.drop_identity(short_lived_user())
    walls.limit_processes(_SMALL)
    children = []
    try:
        for _ in range(_SMALL.processes):
            children.append(os.fork())
            if children[-1] == 0:
                signal.pause()
    except BlockingIOError:
        _hold(len(children) == _SMALL.processes - 1, "the processes of others are counted too")
        return
    finally:
        if 0 not in children:
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
    raise OSError("more processes were given than the limit")


def _try_system_calls(place: Path) -> None:
    system.forbid_new_privileges()
    syscalls.load(True, True)
    with _refused(errno.EPERM, otherwise="a socket could be made"):
        socket.socket()
    with _refused(errno.EPERM, otherwise="a namespace could be made"):
        system.unshare(system.CLONE_NEWUSER)


def _try_landlock(place: Path) -> None:
    system.forbid_new_privileges()
    outside = place.with_name("outside")
    outside.write_text("")
    walls.wall_files(place, with_view=False, with_scope=False)
    Path(place, "file").write_text("")
    Path(place, "file").unlink()
    list(next(path for path in readable() if path.is_dir()).iterdir())
    with _refused(errno.EACCES, otherwise="a file outside could be read"):
        outside.read_text()


def _try_scope(place: Path) -> None:
    system.forbid_new_privileges()
    walls.wall_files(place, with_view=False, with_scope=True)
    with _refused(errno.EPERM, otherwise="a signal reached a process outside"):
        os.kill(os.getppid(), 0)


def _try_user(place: Path) -> None:
    _own_user_namespace()
    _hold(os.geteuid() != 0, "the user is root in it")


def _try_pid(place: Path) -> None:
    _own_user_namespace(system.CLONE_NEWPID)
    reason = _reason(lambda _: _hold(os.getpid() == 1, "its first process is not number 1"), place)
    _hold(not reason, reason)


def _try_network(place: Path) -> None:
    _own_user_namespace(system.CLONE_NEWNET)
    _hold(socket.if_nameindex() == [(1, "lo")], "there is a network in it")


def _try_ipc(place: Path) -> None:
    _own_user_namespace(system.CLONE_NEWIPC | system.CLONE_NEWUTS)


def _try_view(place: Path) -> None:
    outside = place.with_name("outside")
    outside.write_text("")
    _own_user_namespace()
    view.build(place, _SMALL.file_mb, os.geteuid(), with_proc=False)
    _hold(not outside.exists(), "a file outside is there")
    with _refused(errno.EROFS, otherwise="the tree can be written to"):
        Path("/folder").mkdir()
    with _refused(errno.ENOSPC, otherwise="more bytes could be written than the limit"):
        Path(place, "file").write_bytes(bytes(2 << 20))


def _try_proc(place: Path) -> None:
    _own_user_namespace(system.CLONE_NEWPID)
    reason = _reason(_try_own_proc, place)
    _hold(not reason, reason)


def _try_own_proc(place: Path) -> None:
    view.build(place, _SMALL.file_mb, os.geteuid(), with_proc=True)
    _hold([path.name for path in Path("/proc").glob("[0-9]*")] == ["1"], "it shows processes outside")


_TRIALS = {
    Part.LIMITS: _try_limits,
    Part.PROCESSES: _try_processes,
    Part.IDENTITY: _try_identity,
    Part.SYSCALLS: _try_system_calls,
    Part.LANDLOCK: _try_landlock,
    Part.SCOPE: _try_scope,
    Part.USER: _try_user,
    Part.PID: _try_pid,
    Part.NETWORK: _try_network,
    Part.IPC: _try_ipc,
    Part.VIEW: _try_view,
    Part.PROC: _try_proc,
}

if __name__ == "__main__":
    main()
