"""What a mark depends on besides the notebook and its tests: packages, helpers, weights, and the code that grades."""

import ast
import hashlib
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("torch", "diffusers", "transformers", "numpy", "nbgrader")
_HELPERS = Path(find_spec("helpers").origin).parent  # found, not imported: that would load torch
_CHECKS = _HELPERS / "checks"
_GRADER = Path(__file__).parents[1]
# Parts of the grader that no mark depends on, or only through the mended notebook. What is not named here counts: so a
# new module makes too much be graded again, never too little.
_NO_PART = ("intake/*", "gradebook/*", "export/*", "report/*", "batch/*", "store/store", "store/__init__")


@cache
def fingerprint() -> dict[str, str]:
    """Name what every mark of this machine depends on: a version or a hash for each part.

    The checks are left out: `checks_hash` counts those that a chapter calls.
    """
    versions = {"Python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}
    sources = [
        path for path in _HELPERS.rglob("*") if path.is_file() and not _is_made(path) and _CHECKS not in path.parents
    ]
    return versions | {"helpers": _hash_of(sources, _HELPERS), "the grader": _hash_of(_deciding(), _GRADER)}


def checks_hash(sources: Iterable[str]) -> str:
    """Hash the modules of helpers.checks that these cells call, with all that those import of it.

    sources  texts of a chapter's cells
    """
    text = "\n".join(sources)
    table = _checks_by_name()
    named = {table[name] for name in re.findall(r"\bcheck_\w+", text) if name in table}
    named |= set(re.findall(r"helpers\.checks\.(\w+)", text))
    return _hash_of([path for name in _closure(named) if (path := _CHECKS / f"{name}.py").is_file()], _CHECKS)


def _deciding() -> list[Path]:
    """List the modules of the grader that have a part in a mark."""
    no_part = [f"{_GRADER.name}/{name}.py" for name in _NO_PART]
    return [path for path in _GRADER.rglob("*.py") if not any(path.match(name) for name in no_part)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _is_made(path: Path) -> bool:
    return "__pycache__" in path.parts or path.suffix == ".pyc"


def _hash_of(paths: list[Path], root: Path) -> str:
    """Hash files with their names under a root, whatever the order in which they are listed."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return whole.hexdigest()


def _checks_by_name() -> dict[str, str]:
    """Tell for each check of helpers.checks in which of its modules it is written."""
    return {
        node.name: path.stem
        for path in _CHECKS.glob("*.py")
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    }


def _closure(names: set[str]) -> set[str]:
    """Add to modules of helpers.checks the modules of it that they import, near and far."""
    reached, waiting = set(), set(names)
    while waiting:
        reached |= waiting
        waiting = {other for name in waiting for other in _imported(_CHECKS / f"{name}.py")} - reached
    return reached


def _imported(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    found = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return {parts[2] for name in found if (parts := name.split("."))[:2] == ["helpers", "checks"] and len(parts) > 2}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
