"""What a student's code may read: Python, system libraries, fonts, the helpers and the course's data. Nothing else."""

import functools
import importlib.util
import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path

from notebook_grader.sandbox.levels import SandboxError

DEVICES = tuple(Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom"))
_WHOLE_SYSTEM = {Path(path) for path in ("/", "/usr", "/usr/local")}  # a Python there: its parts are listed below
_SYSTEM = (
    "/bin", "/lib", "/lib32", "/lib64", "/sbin",
    *(f"/usr/{name}" for name in ("bin", "lib", "lib32", "lib64", "libexec", "share")),
    *(f"/usr/local/{name}" for name in ("bin", "lib", "lib64", "share")),
    "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime",
    "/sys/devices/system/cpu",  # how many processors there are
)  # fmt: skip


@functools.lru_cache
def readable() -> tuple[Path, ...]:
    """Return the folders and files that can be read inside, none of them below another, symbolic links resolved."""
    found = {path.resolve() for path in _asked() if path.exists()}
    return tuple(sorted(path for path in found if not any(above in found for above in path.parents)))


@functools.lru_cache
def links() -> tuple[tuple[Path, Path], ...]:
    """Return the symbolic links by which the readable folders are called, and where each one leads."""
    found = {}
    for path in _asked():
        while link := _first_link(path):
            found[link] = link.resolve()
            path = link.resolve() / path.relative_to(link)
    return tuple(sorted((link, target) for link, target in found.items() if not _is_readable(link)))


def check_hidden(paths: Iterable[Path]) -> None:
    """Hold that no folder of the course's secrets lies where students' code can read.

    paths  solutions, tests, the class, the hand-ins

    Raises SandboxError that names the first one that does.
    """
    for path in paths:
        if above := _is_readable(path.resolve()):
            raise SandboxError(
                f"{path} lies below {above}, which students' code must be able to read. Move it out of there."
            )
        inside = [folder for folder in readable() if path.resolve() in folder.parents]
        if any(folder == data for folder in inside for data in _course_data()):
            raise SandboxError(f"COURSE_DATA lies in {path}, which must stay hidden. Move the data out of there.")


def _is_readable(path: Path) -> Path | None:
    """Return the readable folder in which a path lies, None where there is none."""
    return next((folder for folder in readable() if path.is_relative_to(folder)), None)


def _asked() -> list[Path]:
    import_paths = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)]
    own = Path(site.getusersitepackages())
    import_paths += [own] if str(own) in sys.path else []
    pythons = [path for path in import_paths if path.resolve() not in _WHOLE_SYSTEM]
    return [*pythons, *map(Path, _SYSTEM), _helpers(), *_course_data()]


def _helpers() -> Path:
    (folder,) = importlib.util.find_spec("helpers").submodule_search_locations
    return Path(folder)


def _course_data() -> list[Path]:
    data = os.environ.get("COURSE_DATA")
    return [Path(data).resolve()] if data else []


def _first_link(path: Path) -> Path | None:
    return next((part for part in reversed([path, *path.parents]) if part.is_symlink()), None)
