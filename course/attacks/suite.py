"""The attacks, and the small course that they are made for."""

import shutil
from pathlib import Path

from course import CourseError
from course.attacks.recipes import ATTACKS, Attack
from course.paths import ROOT, Paths

TARGET = Path(__file__).parent / "target"
_REAL = "02_forward_process.py"


def load_attacks(only: list[str] | None = None) -> list[Attack]:
    """Return the attacks.

    only  names of attacks, or parts of the names of their classes; None: all

    Raises CourseError where no attack bears a name.
    """
    if not only:
        return list(ATTACKS)
    for wanted in only:
        if not any(_is_meant(attack, wanted) for attack in ATTACKS):
            known = ", ".join(sorted({attack.kind for attack in ATTACKS}))
            raise CourseError(f"No attack is called {wanted!r}; expected the name of one, or of a class: {known}.")
    return [attack for attack in ATTACKS if any(_is_meant(attack, wanted) for wanted in only)]


def make_course(folder: Path, root: Path = ROOT) -> Paths:
    """Write the course that is attacked, with a real chapter, and release it into FOLDER/class."""
    from course.build import build_sources
    from notebook_grader.gradebook.gradebook import ClassDirectory

    paths = Paths(folder / "course")
    shutil.copytree(TARGET, paths.root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "solutions" / _REAL, paths.root / "solutions")
    shutil.copy(root / "nbgrader_config.py", paths.root)
    names = [chapter.name for chapter in build_sources(paths)]
    ClassDirectory(folder / "class", paths.root).release(names, paths)
    return paths


def _is_meant(attack: Attack, wanted: str) -> bool:
    return wanted == attack.name or wanted in attack.kind
