"""The walls that a process puts up around itself: identity, limits, Landlock. None of them can be taken down again."""

import contextlib
import ctypes
import os
import resource
from pathlib import Path

import landlock
from landlock.plumbing import RulesetAttr, get_create_ruleset

from notebook_grader.sandbox import system
from notebook_grader.sandbox.levels import Limits
from notebook_grader.sandbox.reach import DEVICES, readable

_ACCESS = landlock.FSAccess
_FILE_READ = _ACCESS.READ_FILE | _ACCESS.EXECUTE
_READ = _FILE_READ | _ACCESS.READ_DIR
_NEVER = _ACCESS.MAKE_CHAR | _ACCESS.MAKE_BLOCK | _ACCESS.MAKE_SOCK
_ALL_TCP, _ALL_SCOPES = 3, 3  # to bind and to connect; abstract sockets and signals
_PAGE = resource.getpagesize()
_MB = 1 << 20


class _Attributes(RulesetAttr):
    """What Landlock's ABI 6 adds behind the files, and the library does not know yet: TCP, and signals and sockets."""

    _fields_ = [("handled_access_net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _ScopedRules(landlock.Ruleset):
    """Rules for files that besides let no signal, no abstract socket and no TCP port be reached.

    One set of rules for both: a second one on top would forbid to move files from folder to folder.
    """

    def __post_init__(self):
        attributes = _Attributes(self.restrict_rules, _ALL_TCP, _ALL_SCOPES)
        descriptor = get_create_ruleset()(ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
        object.__setattr__(self, "_fd", descriptor)


def drop_identity(uid: int) -> None:
    """Become another user without any right of the old one, where this is root; give up all capabilities."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        system.make_dumpable()
    system.drop_capabilities()
    system.forbid_new_privileges()


def limit(limits: Limits, memory_before: int) -> None:
    """Set limits that the process cannot raise.

    memory_before  bytes of address space that the process had from its parent
    """
    memory = memory_before + limits.memory_mb * _MB
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, limits.file_mb * _MB),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 1),  # at 0 a crash would still be sent to the program that collects them; at 1 it is not
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _set(kind, most, most)
    _set(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2)  # a signal first, then the end


def limit_processes(limits: Limits) -> None:
    """Limit processes and threads; the system counts them for a user in a user namespace, so it comes after both."""
    _set(resource.RLIMIT_NPROC, limits.processes, limits.processes)


def address_space() -> int:
    """Return how many bytes the process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE


def volunteer_for_the_end() -> None:
    """Let the kernel, when memory is short, end this process before any other one."""
    with contextlib.suppress(OSError):  # some containers have /proc read-only; the limits hold without it
        Path("/proc/self/oom_score_adj").write_text("1000")


def wall_files(place: Path, with_view: bool, with_scope: bool) -> None:
    """Open no file but the readable ones, and write to none but those below place (Landlock).

    with_view   the file tree holds nothing else, so folders and /proc may be listed
    with_scope  reach no process outside either (ABI 6)
    """
    ctypes.set_errno(0)  # the library would take what is left of another call for an error of its own
    rules = _ScopedRules() if with_scope else landlock.Ruleset()
    try:
        for path in readable():
            rules.allow(path, rules=_READ if path.is_dir() else _FILE_READ)
        for path in DEVICES:
            rules.allow(path, rules=_ACCESS.READ_FILE | _ACCESS.WRITE_FILE)
        rules.allow(place, rules=rules.restrict_rules & ~_NEVER)
        if with_view:
            rules.allow("/", rules=_ACCESS.READ_DIR)
            rules.allow("/proc", rules=_READ)
        rules.apply()
    finally:
        os.close(rules._fd)


def _set(kind: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, allowed = resource.getrlimit(kind)
    hard = hard if allowed == resource.RLIM_INFINITY else min(hard, allowed)
    resource.setrlimit(kind, (min(soft, hard), hard))
