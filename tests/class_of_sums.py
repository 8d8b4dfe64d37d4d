"""A class with one small chapter (tests/fixtures/class), for the tests of the grader."""

import copy
import json
import shutil
from pathlib import Path

from course.paths import ROOT, Paths
from course.sample_class import Material, read_material
from course.sample_class.material import answer_cell, grade_id, new_code

FIXTURE = Path(__file__).parent / "fixtures" / "class"
CHAPTER = "01_sums"
HIDDEN = ("secret_numbers", "37.5", "2.25, 3.75")


def class_of_sums(folder: Path) -> Paths:
    """Copy the course into a folder, together with the real nbgrader_config.py."""
    root = folder / "course"
    shutil.copytree(FIXTURE, root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Paths(root)


def material(paths: Paths, released: Path | None = None) -> Material:
    """Read the chapter's notebooks; where nothing else is said, the one that `course build` released."""
    return read_material(paths.source(CHAPTER), released or paths.release(CHAPTER))


def answered(chapter: Material, **answers: str) -> dict:
    """Return the solved notebook with other answers to some exercises."""
    notebook = copy.deepcopy(chapter.solved)
    for exercise, source in answers.items():
        answer_cell(notebook, exercise)["source"] = source
    return notebook


def position(notebook: dict, name: str) -> int:
    """Return where the cell with this grade_id or id stands."""
    return next(n for n, cell in enumerate(notebook["cells"]) if name in (grade_id(cell), cell.get("id")))


def put_in(notebook: dict, at: int, source: str) -> dict:
    """Put a code cell of the student's own at a position."""
    notebook["cells"].insert(at, new_code(source))
    return notebook


def hand_in(folder: Path, student: str, notebook: dict | str, name: str = CHAPTER) -> Path:
    """Write a hand-in; text stands for a file that is no notebook."""
    path = folder / student / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    return path
