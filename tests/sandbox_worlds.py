"""The worlds in which the sandbox is tried: as root and as an unprivileged user, with namespaces and without."""

import os

import pytest
from sandbox_world import World

from notebook_grader.sandbox import Part, probe

NAMESPACES = ("USER", "PID", "NETWORK", "IPC", "VIEW", "PROC")
FULL = ("full, root", "full, user", "full, renamed")
WALLED = ("walled, root", "walled, user", "walled, user, old kernel", "walled, user, no landlock")
_OPTIONS = {
    "free, root": {},  # nothing enters a sandbox there
    "full, root": {},
    "full, user": {"nobody": True},
    "full, renamed": {"nobody": True, "renamed": True},
    "walled, root": {"near": True, "without": NAMESPACES},
    "walled, user": {"nobody": True, "without": (*NAMESPACES, "PROCESSES")},
    "walled, user, old kernel": {"nobody": True, "without": (*NAMESPACES, "PROCESSES", "SCOPE")},
    "walled, user, no landlock": {"nobody": True, "without": ("LANDLOCK", "SCOPE")},
}
_RUNNING: dict[str, World] = {}


def world(name: str) -> World:
    """Return a world, started at its first use; skip the test where this machine or user cannot have it."""
    if name not in _RUNNING:
        options = _options(name)
        if options.get("nobody") or options.get("near"):
            require_file_trees()
        _RUNNING[name] = World(**options)
    level = name.partition(",")[0].upper()
    if level != "FREE" and _RUNNING[name].facts["level"] != level:
        pytest.skip(f"this machine offers no sandbox of level {level}")
    return _RUNNING[name]


def require_file_trees() -> None:
    """Skip the test where no file tree of its own can be made, in which another user's world stands."""
    if Part.VIEW not in probe().holds:
        pytest.skip("this machine offers no file tree of its own, in which such a world is made")


def close_worlds() -> None:
    while _RUNNING:
        _RUNNING.popitem()[1].close()


def _options(name: str) -> dict:
    if os.geteuid() == 0:
        return _OPTIONS[name]
    if name.endswith(("root", "renamed")):
        pytest.skip("only root can try what root meets")
    return _OPTIONS[name] | {"nobody": False}
