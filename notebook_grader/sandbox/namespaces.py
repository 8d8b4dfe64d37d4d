"""Which namespaces stand for which part, and the numbers of users in them."""

import os
from pathlib import Path

from notebook_grader.sandbox import system
from notebook_grader.sandbox.levels import Part

_FIRST_UID, _UIDS = 61184, 4336  # the range that Linux leaves to short-lived users
_APART = 64  # numbers from one process to the next

_FLAGS = {
    Part.PID: system.CLONE_NEWPID,
    Part.NETWORK: system.CLONE_NEWNET,
    Part.IPC: system.CLONE_NEWIPC | system.CLONE_NEWUTS,
}


def flags(parts: frozenset[Part]) -> int:
    """Return the flags for unshare and setns that stand for the parts, the file tree left out."""
    return sum(flag for part, flag in _FLAGS.items() if part in parts)


def is_root() -> bool:
    """Tell whether this is root, and can become others: in a container, root is often one user under another name."""
    table = Path("/proc/self/uid_map")
    if os.geteuid() != 0 or not table.exists():
        return os.geteuid() == 0
    ranges = [map(int, line.split()) for line in table.read_text().splitlines()]
    return any(start <= _FIRST_UID and start + count >= _FIRST_UID + _UIDS for start, _, count in ranges)


def short_lived_user(number: int = 0) -> int:
    """Return the number of a user whom no other process of the course is meanwhile, so that limits count it alone.

    number  of the room, counted by the process that makes it
    """
    return _FIRST_UID + (_APART * os.getpid() + number) % _UIDS


def map_user(uid: int, gid: int, proc: int | None = None) -> None:
    """Give the process its own number in a user namespace that it has just made, another one where it is root's.

    uid, gid  of the process, read before it made the namespace
    proc      descriptor of /proc/self, where that path is out of reach
    """
    numbers = {"uid_map": f"{uid or _FIRST_UID} {uid} 1", "gid_map": f"{gid or _FIRST_UID} {gid} 1"}
    for name, text in ({"setgroups": "deny"} | numbers).items():
        path = name if proc is not None else f"/proc/self/{name}"
        descriptor = os.open(path, os.O_WRONLY, dir_fd=proc)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
