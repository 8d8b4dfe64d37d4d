"""What a sandbox is made of, and the levels that follow from the parts that hold."""

from enum import Enum, IntEnum
from typing import NamedTuple

from notebook_grader import GraderError


class SandboxError(GraderError):
    """A wall that cannot be put up, or that does not hold: no code of a student's may run then."""


class Limits(NamedTuple):
    """How much one submission may take.

    memory_mb    of each process, on top of what it had before the first cell
    cpu_seconds  of each process; wall time is the caller's
    file_mb      of all files together where there is a folder of its own, else of each file
    open_files   descriptors of each process
    processes    processes and threads together
    """

    memory_mb: int = 3000
    cpu_seconds: int = 600
    file_mb: int = 200
    open_files: int = 256
    processes: int = 64


class Part(str, Enum):
    """One wall; its value says what holds where it stands."""

    LIMITS = "memory, processor time, files and descriptors are limited"
    PROCESSES = "the number of processes is limited"
    IDENTITY = "the code owns no rights of an administrator"
    SYSCALLS = "seccomp: a short list of system calls, none of them for the network"
    LANDLOCK = "Landlock: files outside a short list cannot be opened"
    SCOPE = "Landlock: no signal reaches a process outside"
    USER = "a user namespace, from which an unprivileged user makes the others"
    PID = "a namespace of its own for processes: none outside is seen, none is left behind"
    NETWORK = "a network namespace without a network"
    IPC = "a namespace of its own for shared memory and message queues"
    VIEW = "a file tree of its own: read-only, with one folder to write to, limited in size"
    PROC = "a /proc that shows its own processes alone"


class Level(IntEnum):
    """How far a student's code is walled off. A mark given below WALLED rests on trust in the code."""

    NONE = 0
    LIMITS = 1
    WALLED = 2
    FULL = 3

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Level.NONE: "Nothing is walled off: students' code has all the rights of the person who grades.",
    Level.LIMITS: "Memory and time are limited; files and network stand open to students' code.",
    Level.WALLED: "No network, and only the course's files can be read; other processes and the disk are shared.",
    Level.FULL: "No network, its own file tree, processes and limits: students' code meets nothing of this machine.",
}
_WALLS = {Part.LIMITS, Part.IDENTITY, Part.SYSCALLS}
_NEEDED = (
    (Level.LIMITS, {Part.LIMITS}),
    (Level.WALLED, _WALLS | {Part.LANDLOCK}),
    (Level.WALLED, _WALLS | {Part.VIEW}),
    (Level.FULL, set(Part) - {Part.USER, Part.SCOPE, Part.PROC}),
)


class Probe(NamedTuple):
    """What holds on this machine, for this user.

    holds    the parts that were tried and held
    missing  why each other part did not
    as_root  tried as root, so that the code can be given another user's identity
    """

    holds: frozenset[Part]
    missing: dict[Part, str]
    as_root: bool

    @property
    def level(self) -> Level:
        """The highest level all of whose parts hold."""
        return max((level for level, parts in _NEEDED if parts <= self.holds), default=Level.NONE)

    @property
    def makes_rooms(self) -> bool:
        """Whether there are namespaces, and so a keeper."""
        return bool(self.holds & {Part.PID, Part.NETWORK, Part.IPC, Part.VIEW})

    def lines(self) -> list[str]:
        """Return what to print before grading: the level, and what it lacks."""
        lacking = [f"missing: {part.value} ({reason})" for part, reason in self.missing.items()]
        return [f"sandbox level {self.level.name.lower()}: {self.level.sentence}", *lacking]
