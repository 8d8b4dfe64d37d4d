"""A small process that forks into rooms as the warm one does, and the world around it that must stay out of reach.

Run as a script: it answers each line of JSON on stdin by one on stdout. `--nobody` makes it an unprivileged user's,
`--without NAMES` leaves parts out, as a machine would on which they do not hold.
"""

import contextlib
import ctypes
import errno
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sandbox_attempts

ROOT = Path(__file__).resolve().parent.parent
NOBODY, GROUP = 65534, 65533  # two numbers, as most users have
SMALL = {"memory_mb": 300, "cpu_seconds": 1, "file_mb": 2, "open_files": 100, "processes": 16}
BUFFER = ctypes.create_string_buffer(b"secret")


class World:
    """The tests' side.

    nobody   run as an unprivileged user
    renamed  give that user root's name, as some containers do
    near     put Python where other users than root reach it
    without  names of parts that are not to be used
    extra    further arguments of the script, descriptors that it is to inherit
    """

    def __init__(
        self,
        nobody: bool = False,
        renamed: bool = False,
        near: bool = False,
        without: tuple[str, ...] = (),
        extra: tuple[str, ...] = (),
        fds=(),
    ):
        options = ["--nobody"] * nobody + ["--renamed"] * renamed + ["--near"] * near
        script = [sys.executable, __file__, *options, *extra, "--without", *without]
        own = {
            "PYTHONPATH": f"{ROOT}",
            "OMP_NUM_THREADS": "1",
            "HF_TOKEN": "hf_secret",
            "COURSE_DATA": str(ROOT / "book"),
        }
        self.process = subprocess.Popen(
            script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | own, pass_fds=fds
        )
        self.facts = self.answer()

    def answer(self) -> dict:
        return json.loads(self.process.stdout.readline() or '{"died": true}')

    def attempt(self, name: str, **request) -> dict:
        """Let hostile code try something; return what it said ("done", or the error), and how it ended."""
        self.begin(name, **request)
        return self.answer()

    def attempt_all(self, names: tuple[str, ...]) -> dict[str, str]:
        """Let hostile code try one thing after another in one process; return what came of each."""
        return dict(self.attempt("try_all", names=names)["said"][0])

    def begin(self, name: str, **request) -> None:
        self.process.stdin.write(json.dumps({"name": name} | request) + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def main(arguments: list[str]) -> None:
    if "--near" in arguments or "--nobody" in arguments:
        start_anew(arguments)
    if "--torch" in arguments:
        import helpers.denoisers
        import helpers.plotting  # noqa: F401
    from notebook_grader.sandbox import Keeper, Part, Probe, probe

    if "--lacking" in arguments:
        break_call(arguments[arguments.index("--lacking") + 1])
    found = probe()
    left_out = {Part[name] for name in arguments[arguments.index("--without") + 1 :]}
    found = Probe(found.holds - left_out, found.missing, found.as_root)
    keeper = Keeper(found)
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        Path(folder).chmod(0o755)
        facts, sockets = make_facts(Path(folder))
        say(facts | {"level": found.level.name, "parts": [part.name for part in found.holds]})
        for line in sys.stdin:
            say(try_once(keeper, facts, json.loads(line)))
        for each in sockets:
            each.close()
    keeper.close()


def say(message: dict) -> None:
    print(json.dumps(message), flush=True)


def start_anew(arguments: list[str]) -> None:
    """Start again where everybody reaches this Python, as an unprivileged user where that is asked."""
    from notebook_grader.sandbox import system
    from notebook_grader.sandbox.reach import readable

    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", None, system.MS_REC | system.MS_PRIVATE)
    shut = {}
    for path in [*readable(), ROOT]:
        above = [folder for folder in reversed(path.parents) if not folder.stat().st_mode & 1]
        if above:
            shut.setdefault(above[0], []).append((path, os.open(path, os.O_PATH)))
    for folder, paths in shut.items():
        system.mount("tmpfs", str(folder), "tmpfs", 0, "mode=755")
        for path, descriptor in paths:
            path.mkdir(parents=True)
            system.mount(f"/proc/self/fd/{descriptor}", str(path), None, system.MS_BIND)
            os.close(descriptor)
    if "--nobody" in arguments:
        os.setgroups([])
        os.setresgid(GROUP, GROUP, GROUP)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if "--renamed" in arguments:
        system.make_dumpable()
        system.unshare(system.CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"), ("gid_map", f"0 {GROUP} 1")):
            Path("/proc/self", name).write_text(text)
    rest = [argument for argument in arguments if argument not in ("--near", "--nobody", "--renamed")]
    os.execve(sys.executable, [sys.executable, __file__, *rest], os.environ | {"HOME": "/nonexistent"})


def make_facts(folder: Path) -> tuple[dict, list[socket.socket]]:
    """Make what hostile code would like to reach; return where it is, and the sockets that listen."""
    secrets = folder / "class"
    secrets.mkdir(0o700)
    (secrets / "gradebook.db").write_text("secret")
    (secrets / "gradebook.db").chmod(0o600)
    sockets = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    sockets[1].bind(("127.0.0.1", 0))
    names = [f"\0world-{os.getpid()}", str(folder / "socket"), f"\0datagrams-{os.getpid()}"]
    for name, kind in zip(names, (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM), strict=True):
        sockets.append(socket.socket(socket.AF_UNIX, kind))
        sockets[-1].bind(name)
        if kind == socket.SOCK_STREAM:
            sockets[-1].listen(50)
    (folder / "socket").chmod(0o777)
    facts = {"folder": str(secrets), "secret": str(secrets / "gradebook.db"), "doomed": str(secrets / "doomed")}
    facts |= {"tcp": sockets[0].getsockname()[1], "udp": sockets[1].getsockname()[1], "abstract": names[0]}
    facts |= {"socket_file": names[1], "datagrams": names[2], "pid": os.getpid(), "uid": os.getuid(), "root": str(ROOT)}
    facts |= {"solution": str(next((ROOT / "solutions").glob("*.py")))}
    return facts | {"address": ctypes.addressof(BUFFER), "work": str(folder)}, sockets


def try_once(keeper, facts: dict, request: dict) -> dict:
    """Fork, enter a room unless the request says "free", and try; return what came, and how it all ended."""
    from notebook_grader.sandbox import Limits, SandboxError

    Path(facts["doomed"]).touch()
    place = Path(tempfile.mkdtemp(dir=facts["work"]))
    if "filled" in request:
        Path(place, "file").touch()
    try:
        room = None if request.get("free") else keeper.room(place, Limits(**request.get("limits", SMALL)))
    except SandboxError as error:
        return {"problem": str(error)}
    here, there = socket.socketpair()
    here.settimeout(request.get("seconds", 20))
    pid = room.fork() if room else os.fork()
    if pid == 0:
        try_inside(room, there, facts, request, place)
    there.close()
    said = watch(here, room, request)
    started = time.perf_counter()
    status = finish(room, pid, request)
    took = time.perf_counter() - started
    here.settimeout(5)
    rest = watch(here, room, {})  # what is still alive holds the other end
    here.close()
    left = sorted(path.name for path in place.iterdir())
    return {"said": said, "is_empty": rest[-1:] == ["end"], "status": status, "seconds": took, "left": left}


def watch(line: socket.socket, room, request: dict) -> list:
    """Read what the child says until nobody is left to say anything ("end"), or the time is over ("silence")."""
    said, text = [], b""
    while True:
        try:
            part = line.recv(65536)
        except TimeoutError:
            return [*said, "silence"]
        *whole, text = (text + part).split(b"\n")
        said += map(json.loads, whole)
        if not part:
            return [*said, "end"]
        if said == ["ready"]:
            room.interrupt()
        elif said and request.get("only_first"):
            return said


def finish(room, pid: int, request: dict) -> int:
    if room is None:
        return os.waitpid(pid, 0)[1]
    deadline = time.monotonic() + request.get("wait", 0)
    while room.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return room.end()


def try_inside(room, line: socket.socket, facts: dict, request: dict, place: Path) -> None:
    def tell(message) -> None:
        line.sendall(json.dumps(message).encode() + b"\n")

    try:
        for number in (0, 1):  # these are for what the script itself is asked and says
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        os.chdir(place)
        if "broken" in request:
            break_call(request["broken"])
        if room:
            room.enter([line.fileno(), *request.get("keep", [])])
        result = getattr(sandbox_attempts, request["name"])(facts | request | {"ready": lambda: tell("ready")})
        tell("done" if result is None else result)
    except BaseException as error:
        tell(f"{type(error).__name__}: {error}")
    finally:
        os._exit(0)


def break_call(name: str) -> None:
    """Make a system call fail, as on a machine that lacks it."""
    import pyseccomp

    lacking = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    lacking.add_rule(pyseccomp.ERRNO(errno.ENOSYS), name)
    lacking.load()


if __name__ == "__main__":
    main(sys.argv[1:])
