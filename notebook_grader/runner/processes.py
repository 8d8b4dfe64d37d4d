"""Processes by fork: a warm one that has imported everything, judges forked from it, and students' processes.

    warm     imports once; forks a judge for everyone who connects to it
    judge    at once forks its nursery, which stays as clean as the warm process; then runs notebooks (see judge.py)
    nursery  forks students' processes into the sandbox: nothing of a test, a mark or another student was ever in its
             memory

Where the warm process cannot fork, or a nursery was killed, another one starts cold and imports for itself.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from notebook_grader.runner.channel import Channel, WireError
from notebook_grader.sandbox import Keeper, Room, SandboxError, probe

MODULES = (
    "helpers.runtime", "helpers.sampling", "helpers.denoisers", "helpers.checks", "helpers.data", "helpers.plotting",
    "helpers.widgets", "matplotlib.pyplot", "torchvision.transforms.functional",
    "diffusers.pipelines.deepfloyd_if.pipeline_if", "transformers.models.t5.modeling_t5",
)  # fmt: skip
ADDRESS, GREETING = "warm", "greeting.json"  # in the warm process's folder: its socket, and what it found here
_LONGEST = 65536  # bytes of a message to or from a nursery
_ANSWER_LIMIT, _START_LIMIT = 30, 180  # seconds, on a busy machine


class StudentProcess:
    """A student's process, as its judge holds it.

    channel  to it
    folder   that it may write to
    peak_mb  most memory that it had; known once it was killed
    """

    def __init__(self, nursery: "Nursery", channel: Channel, folder: Path):
        self.channel, self.folder, self._nursery = channel, folder, nursery
        self.peak_mb: float | None = None
        self._has_ended = False

    def interrupt(self) -> None:
        """Let the cell that runs end with a KeyboardInterrupt."""
        self._nursery.ask({"do": "interrupt"})

    def kill(self) -> None:
        """End it and all that it started."""
        if not self._has_ended:
            self._has_ended = True
            self.peak_mb = self._nursery.ask({"do": "end"}).get("peak_mb")


class Nursery:
    """Starts students' processes for one judge, one at a time.

    control  of the nursery that was forked with the judge; None: start a cold one
    """

    def __init__(self, control: socket.socket | None):
        self._control = control
        self._cold: subprocess.Popen | None = None

    def start(self, place: Path) -> StudentProcess:
        """Start a student's process whose home is an empty folder. Raises SandboxError, OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            request = {"do": "start", "place": str(place)}
            try:
                answer = self._ask(request, [theirs.fileno()]) if self._control is not None else {}
            except (OSError, ValueError):
                answer = {}
            if not answer:  # it was killed, or there never was one
                self._start_cold()
                answer = self._ask(request, [theirs.fileno()])
        if "error" in answer:
            raise SandboxError(answer["error"])
        return StudentProcess(self, _entered(Channel(ours)), place)

    def ask(self, request: dict) -> dict:
        """Ask for something to be done with the process; nothing is done where the nursery is gone."""
        with contextlib.suppress(OSError, ValueError):
            return self._ask(request, [])
        return {}

    def _ask(self, request: dict, descriptors: list[int]) -> dict:
        self._control.settimeout(_ANSWER_LIMIT)
        socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
        return json.loads(self._control.recv(_LONGEST))

    def _start_cold(self) -> None:
        if self._cold is not None:
            self._cold.kill()
            self._cold.wait()
        self._control, theirs = _pair()
        with theirs:
            self._cold = start_cold("nursery", theirs)
        self._control.settimeout(_START_LIMIT)
        self._control.recv(_LONGEST)


def _entered(channel: Channel) -> Channel:
    """Wait until a student's process is in its room. Raises SandboxError: no student's fault, and no student's 0."""
    channel.limit(_ANSWER_LIMIT)
    try:
        message, _ = channel.receive()
    except (OSError, EOFError, WireError):
        message = {"failed": "the process ended before it was in the sandbox"}
    if "failed" in message:
        channel.close()
        raise SandboxError(f"{message['failed']} Grade this hand-in again; `course sandbox` says what holds here.")
    return channel


def start_cold(role: str, connection: socket.socket, **options) -> subprocess.Popen:
    """Start one of these processes by itself; it ends when the other end of the connection is closed."""
    command = [sys.executable, "-m", __name__, role, str(connection.fileno())]
    return subprocess.Popen(
        command, pass_fds=[connection.fileno()], stdin=subprocess.DEVNULL, start_new_session=True, **options
    )


def may_fork() -> bool:
    """Tell whether a fork of this process is safe: a lock that another thread holds would stay closed for ever."""
    tasks = Path("/proc/self/task")
    return hasattr(os, "fork") and hasattr(os, "pidfd_open") and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def forked(work: Callable[[], None], keep: Sequence[int]) -> int:
    """Run work in a child that leads a session of its own and holds no descriptor but those; return its pid."""
    child = os.fork()
    if child == 0:
        with ended_after():
            os.setsid()
            _close_all_but([0, 1, 2, *keep])
            work()
    return child


@contextlib.contextmanager
def ended_after() -> Iterator[None]:
    """End this process behind the block, whatever happens in it."""
    code = 1
    try:
        yield
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _close_all_but(keep: Sequence[int]) -> None:
    start = 0
    for number in [*sorted(set(keep)), os.sysconf("SC_OPEN_MAX")]:
        if start < number:  # of an empty range the system call would make all descriptors
            os.closerange(start, number)
        start = number + 1


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _serve_warm(control: socket.socket) -> None:
    """Fork a judge for everyone who connects, until the other end of `control` is closed."""
    _import_all()
    parts = probe()
    greeting = {"forks": may_fork(), "level": parts.level.value, "lines": parts.lines()}
    Path(GREETING).write_text(json.dumps(greeting), encoding="utf-8")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries dead children
    gc.collect()
    gc.freeze()
    Path(ADDRESS).unlink(missing_ok=True)  # of one that was killed
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(ADDRESS)
        listener.listen()
        control.sendall(b"r")
        while control not in select.select([control, listener], [], [])[0]:
            wire = listener.accept()[0].detach()
            if greeting["forks"]:
                forked(lambda wire=wire: _be_judge(wire, with_nursery=True), [wire])
            os.close(wire)


def _be_judge(wire: int, with_nursery: bool) -> None:
    from notebook_grader.runner.judge import serve_jobs

    control = None
    if with_nursery:
        control, theirs = _pair()
        forked(lambda: _serve_nursery(theirs), [theirs.fileno()])
        theirs.close()
    serve_jobs(Channel(socket.socket(fileno=wire)), Nursery(control))


def _serve_nursery(control: socket.socket) -> None:
    """Start, interrupt and end students' processes, one at a time, until the judge hangs up."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keeper = Keeper(probe())
    room: Room | None = None
    while True:
        content, descriptors, _, _ = socket.recv_fds(control, _LONGEST, 1)
        if not content:
            break
        request, answer = json.loads(content), {"done": True}
        try:
            if request["do"] == "start":
                room = _student_in_a_room(keeper, Path(request["place"]), descriptors[0])
            elif request["do"] == "interrupt" and room is not None:
                room.interrupt()
            elif request["do"] == "end" and room is not None:
                answer["peak_mb"] = _peak_mb(room.pid)
                room.end()
        except (SandboxError, OSError) as error:
            answer = {"error": str(error)}
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(json.dumps(answer).encode())
    if room is not None:
        room.end()
    keeper.close()


def _student_in_a_room(keeper: Keeper, place: Path, wire: int) -> Room:
    room = keeper.room(place)
    if room.fork() == 0:
        with ended_after():
            _be_student(room, wire)
    return room


def _be_student(room: Room, wire: int) -> None:
    from notebook_grader.runner.student import serve

    channel = Channel(socket.socket(fileno=wire))
    try:
        room.enter(keep=[wire])
    except SandboxError as error:
        channel.send({"failed": str(error)})
        return
    channel.send({"entered": True})
    serve(channel)


def _peak_mb(pid: int) -> float | None:
    """Return the most memory that a process had, in MB; the warm process's share counts with it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text()
        return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)
    return None


def _import_all() -> None:
    for name in MODULES:
        importlib.import_module(name)
    from helpers.denoisers import drawn_pictures
    from notebook_grader.runner import judge, shell, student  # noqa: F401 - the forks need them

    drawn_pictures()  # what every notebook draws at its start, and keeps
    shell.prepare()


def main(role: str, descriptor: int) -> None:
    """Be one of these processes, started cold."""
    connection = socket.socket(fileno=descriptor)
    if role == "warm":
        _serve_warm(connection)
        return
    _import_all()
    if role == "judge":
        _be_judge(connection.detach(), with_nursery=False)
    else:
        connection.send(b"ready")
        _serve_nursery(connection)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
