"""The file tree that a student's code sees: what it may read, one folder to write to, and nothing else.

It is made of bind mounts on an empty tmpfs, in a mount namespace. So there is no path by which the rest could even be
named, and also what Landlock leaves open (chmod, stat, connecting to a socket file) finds nothing.
"""

from pathlib import Path

from notebook_grader.sandbox import system
from notebook_grader.sandbox.reach import DEVICES, links, readable

_FOLDER = system.MS_NOSUID | system.MS_NODEV


def build(place: Path, megabytes: int, uid: int, with_proc: bool) -> None:
    """Make the tree in a new mount namespace and enter it. The process must be in the PID namespace that /proc shows.

    place      empty folder; inside, it is the writable one, at the same path, and the only one
    megabytes  size of the writable folder
    uid        who owns it

    Raises OSError.
    """
    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", None, system.MS_REC | system.MS_PRIVATE)
    root = str(place)  # a folder is needed to build on, and this one is empty
    system.mount("tmpfs", root, "tmpfs", system.MS_NOSUID, "mode=755,size=4m")
    for path in [*readable(), *DEVICES]:
        _bind(path, root)
    _link(root)
    for folder in (place, "/proc"):
        Path(f"{root}{folder}").mkdir(parents=True, exist_ok=True)
    system.make_read_only(root)
    system.mount("tmpfs", f"{root}{place}", "tmpfs", _FOLDER, _options(megabytes, uid))
    if with_proc:
        system.mount("proc", f"{root}/proc", "proc", _FOLDER | system.MS_NOEXEC)
    system.make_root(root)


def _options(megabytes: int, uid: int) -> str:
    return f"mode=700,uid={uid},size={megabytes}m,nr_inodes={20 * megabytes + 1000}"


def _bind(path: Path, root: str) -> None:
    target = Path(f"{root}{path}")
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    system.mount(str(path), str(target), None, system.MS_BIND | system.MS_REC)


def _link(root: str) -> None:
    for link, target in links():
        copy = Path(f"{root}{link}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(target)
