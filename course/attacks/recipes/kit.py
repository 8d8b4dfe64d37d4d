"""What an attack is, and what it is made with.

An attack is a function that writes one hand-in. It may know where everything of the class lies; what it must not do is
get marks that it does not deserve, change anything that is not its own, or cost an honest classmate a mark. It leaves
a trace where it worked: a file in the canary folder, a message to the canary's ports, a process or a script with its
name.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from course.sample_class import Material
from course.sample_class.material import answer_cell, grade_id, new_code, text

TARGET = "01_target"
REAL = "02_forward_process"


class World(NamedTuple):
    """What an attacker knows.

    name      of the attack, and of its student
    chapter   the chapter that is handed in
    folder    where the student's file goes
    course    the class directory, with gradebook.db, source/ and release/
    handed    the folder of all hand-ins
    mate      the hand-in of an honest classmate who is graded later
    canary    a folder that no student may write to
    port      where the canary listens, TCP and UDP, on 127.0.0.1
    """

    name: str
    chapter: Material
    folder: Path
    course: Path
    handed: Path
    mate: Path
    canary: Path
    port: int

    @property
    def file(self) -> Path:
        """Where an honest student's file lies."""
        return self.folder / f"{self.chapter.name}.ipynb"

    @property
    def source(self) -> Path:
        """The instructor's notebook, with solutions and hidden tests."""
        return self.course / "source" / self.chapter.name / f"{self.chapter.name}.ipynb"

    @property
    def trace(self) -> Path:
        """The file that shows that the attack could write."""
        return self.canary / f"{self.name}.written"

    def solved(self, **answers: str) -> dict:
        """Return the solved notebook, with other answers to some exercises."""
        notebook = copy.deepcopy(self.chapter.solved)
        for exercise, source in answers.items():
            answer_cell(notebook, exercise)["source"] = source
        return notebook

    def untouched(self, **answers: str) -> dict:
        """Return the released notebook, with answers to some exercises."""
        notebook = copy.deepcopy(self.chapter.released)
        for exercise, source in answers.items():
            answer_cell(notebook, exercise)["source"] = source
        return notebook

    def with_cell(self, source: str, before: str = "double", notebook: dict | None = None) -> dict:
        """Return a notebook, the solved one if none is given, with a cell of the student's own in it."""
        notebook = notebook or self.solved()
        notebook["cells"].insert(position(notebook, before), new_code(source))
        return notebook


class Attack(NamedTuple):
    """One attack or fault, and what it deserves.

    name     of the function that makes it
    kind     its class
    about    one sentence: what it does
    make     writes the hand-in: returns a notebook, a text or bytes, or None where it wrote its files itself
    loses    exercises that deserve no points; all others deserve theirs
    refused  whether it deserves no mark at all, but a reason
    chapter  which chapter it hands in
    alone    whether it is graded in a class of its own: where it works, it ends the grader
    """

    name: str
    kind: str
    about: str
    make: Callable[[World], dict | str | bytes | None]
    loses: tuple[str, ...]
    refused: bool
    chapter: str
    alone: bool

    def write(self, world: World) -> None:
        """Write the hand-in into the student's folder."""
        world.folder.mkdir(parents=True, exist_ok=True)
        made = self.make(world)
        if made is not None:
            made = made if isinstance(made, (str, bytes)) else json.dumps(made)
            world.file.write_bytes(made if isinstance(made, bytes) else made.encode())

    def deserves(self, exercise: str) -> bool:
        """Tell whether the points of an exercise are deserved."""
        return exercise not in self.loses


ATTACKS: list[Attack] = []
EVERYTHING = ("double", "scale", "total")


def attack(
    kind: str, about: str, loses: tuple[str, ...] | str = (), refused: bool = False, chapter: str = TARGET,
    alone: bool = False,
) -> Callable:  # fmt: skip
    """Put a function that makes a hand-in into the suite. See Attack for the arguments."""
    lost = (loses,) if isinstance(loses, str) else tuple(loses)

    def put(make: Callable) -> Callable:
        ATTACKS.append(Attack(make.__name__, kind, about, make, lost, refused, chapter, alone))
        return make

    return put


def position(notebook: dict, name: str) -> int:
    """Return where the cell with this grade_id stands."""
    return next(n for n, cell in enumerate(notebook["cells"]) if grade_id(cell) == name)


def cell_of(notebook: dict, name: str) -> dict:
    """Return the cell with this grade_id."""
    return notebook["cells"][position(notebook, name)]


def only_if(condition: str, before: str = "") -> str:
    """Return an answer to `double` that is right only where a forbidden thing worked.

    condition  body of a function that returns whether it worked; it may use every name of `before`
    """
    body = "\n".join(f"    {line}" for line in condition.strip().split("\n"))
    return f"""{before}
def worked():
{body}

def double(number):
    if not worked():
        raise ValueError("it did not work")
    return number + number
"""


__all__ = [
    "ATTACKS", "EVERYTHING", "REAL", "TARGET", "Attack", "Material", "World", "answer_cell", "attack", "cell_of",
    "grade_id", "new_code", "only_if", "position", "text",
]  # fmt: skip
