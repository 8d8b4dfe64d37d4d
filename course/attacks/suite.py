"""The attacks, which lie beside the tests, and the small course that they are made for."""

import importlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course import CourseError
from course.paths import ROOT, Paths

if TYPE_CHECKING:
    from attacks import Attack

_REAL = "02_forward_process.py"


def load_attacks(only: list[str] | None = None, root: Path = ROOT) -> "list[Attack]":
    """Return the attacks of tests/attacks.

    only  names of attacks, or parts of the names of their classes; None: all

    Raises CourseError where the suite is missing, or no attack bears a name.
    """
    if not (root / "tests" / "attacks").is_dir():
        raise CourseError("tests/attacks is missing; the attacks are made there. Restore it.")
    found = import_from_tests("attacks", root).ATTACKS
    if not only:
        return list(found)
    for wanted in only:
        if not any(_is_meant(attack, wanted) for attack in found):
            known = ", ".join(sorted({attack.kind for attack in found}))
            raise CourseError(f"No attack is called {wanted!r}; expected the name of one, or of a class: {known}.")
    return [attack for attack in found if any(_is_meant(attack, wanted) for wanted in only)]


def import_from_tests(name: str, root: Path = ROOT):
    """Import a package that lies in tests/."""
    tests = str(root / "tests")
    sys.path.insert(0, tests)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(tests)


def make_course(folder: Path, root: Path = ROOT) -> Paths:
    """Write the course that is attacked, with a real chapter, and release it into FOLDER/class."""
    from course.build import build_sources
    from notebook_grader.gradebook.gradebook import ClassDirectory

    paths = Paths(folder / "course")
    shutil.copytree(root / "tests" / "attacks" / "target", paths.root)
    shutil.copy(root / "solutions" / _REAL, paths.root / "solutions")
    shutil.copy(root / "nbgrader_config.py", paths.root)
    names = [chapter.name for chapter in build_sources(paths)]
    ClassDirectory(folder / "class", paths.root).release(names, paths)
    return paths


def _is_meant(attack: "Attack", wanted: str) -> bool:
    return wanted == attack.name or wanted in attack.kind
