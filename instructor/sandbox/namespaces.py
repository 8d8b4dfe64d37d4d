"""Which namespaces stand for which part, and a user's own number in one."""

import os

from instructor.sandbox import system
from instructor.sandbox.levels import Part

_FLAGS = {
    Part.PID: system.CLONE_NEWPID,
    Part.NETWORK: system.CLONE_NEWNET,
    Part.IPC: system.CLONE_NEWIPC | system.CLONE_NEWUTS,
}


def flags(parts: frozenset[Part]) -> int:
    """Return the flags for unshare and setns that stand for the parts, the file tree left out."""
    return sum(flag for part, flag in _FLAGS.items() if part in parts)


def map_user(uid: int, gid: int, proc: int | None = None) -> None:
    """Give the process its own number in a user namespace that it has just made, and no other one.

    proc  descriptor of /proc/self, where that path is out of reach
    """
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        path = name if proc is not None else f"/proc/self/{name}"
        descriptor = os.open(path, os.O_WRONLY, dir_fd=proc)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
