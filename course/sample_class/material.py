"""What the sample class is made of: released and solved notebooks as plain JSON, recorded answers as text."""

import copy
import json
from pathlib import Path
from typing import NamedTuple

from course.answers import answers_of
from course.paths import Paths
from notebook_grader.markers import BEGIN_SOLUTION, END_SOLUTION

_IMPORTS = {
    "torch": "import torch",
    "stage_1": "from helpers.denoisers import load_stage_1\nstage_1 = load_stage_1('exact')",
}


class Material(NamedTuple):
    """One chapter.

    name      name of the chapter
    released  the notebook that students get
    solved    the same with every answer filled in
    """

    name: str
    released: dict
    solved: dict

    @property
    def exercises(self) -> list[str]:
        """The exercises that a check marks, in their order."""
        return [name.removeprefix("check_") for cell in self.released["cells"] if (name := check_of(cell))]


def read_material(source: Path, release: Path) -> Material:
    """Read one chapter from the instructor's notebook and the released one."""
    released = json.loads(release.read_text(encoding="utf-8"))
    sources = {grade_id(cell): text(cell) for cell in json.loads(source.read_text(encoding="utf-8"))["cells"]}
    solved = copy.deepcopy(released)
    for cell in solved["cells"]:
        if is_answer(cell):
            lines = sources[grade_id(cell)].split("\n")
            cell["source"] = "\n".join(line for line in lines if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION))
    return Material(source.stem, released, solved)


def answers_on_record(kind: str, exercise: str) -> dict[str, str]:
    """Return the recorded "right" or "wrong" answers to an exercise, sorted by name."""
    return dict(sorted(getattr(answers_of(Paths(), exercise), kind).items()))


def with_imports(answer: str, chapter: Material) -> str:
    """Return an answer with what its author has imported where the chapter has not."""
    given = "\n".join(text(cell) for cell in chapter.released["cells"])
    missing = [name for name in _IMPORTS if f"import {name}" not in given and f"{name} =" not in given]
    return "\n".join([*(_IMPORTS[name] for name in missing if name in answer), answer])


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def is_answer(cell: dict) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def check_of(cell: dict) -> str:
    """Return the grade_id of a test cell, "" for any other."""
    nbgrader = cell["metadata"].get("nbgrader", {})
    return nbgrader["grade_id"] if nbgrader.get("grade") and not nbgrader.get("solution") else ""


def text(cell: dict) -> str:
    return "".join(cell["source"])


def answer_cell(notebook: dict, exercise: str) -> dict:
    return next(cell for cell in notebook["cells"] if is_answer(cell) and grade_id(cell) == exercise)


def new_code(source: str) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, "id": "mine"}
