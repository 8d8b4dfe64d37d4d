"""Who is in the sample class, what each hands in, and which exercises each deserves the points of.

A student that is not refused gets full points for every checked exercise but those in `loses`. Written answers wait
for a reader and count for nobody. Most of them have emptied the cells that draw figures: those say nothing about a
mark, and cost most of the time.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from course.sample_class.material import (
    Material,
    answer_cell,
    answers_on_record,
    check_of,
    grade_id,
    is_answer,
    new_code,
    text,
    with_imports,
)


class Student(NamedTuple):
    """One student of the class.

    name     of the folder
    hand_in  makes the file's text from a chapter; None: this chapter is not handed in
    loses    the exercises of a chapter that deserve no points
    refused  whether the file cannot be graded at all
    """

    name: str
    hand_in: Callable[[Material], str | None]
    loses: Callable[[Material], list[str]] = lambda chapter: []
    refused: bool = False

    def deserves(self, chapter: Material, exercise: str) -> bool:
        """Tell whether the points of an exercise are deserved."""
        return exercise not in self.loses(chapter)


# Students in unusual styles, and students who make mistakes; that every variant passes and every mistake is rejected
# is held where the checks are tested.
_UNUSUAL, _MISTAKEN = 4, 4
_TURNS = 4  # a student with an accident, or with an unusual style, hands in every fourth chapter
# The class of `course demo`: which of the chapters each of its students hands in. Only one of them hands in all, so
# that the class grows by one hand-in with each chapter.
_SMALL = {
    "solved": slice(None),
    "half_done": slice(0, 1),
    "unusual_1": slice(1, 2),
    "mistaken_1": slice(2, 3),
    "colab": slice(1, 2),
    "endless_loop": slice(1, 2),
    "no_notebook": slice(0, 1),
}


def make_class(folder: Path, chapters: list[Material], small: bool = True) -> list[Student]:
    """Write the hand-ins of the class, FOLDER/<student>/<chapter>.ipynb; return the students.

    small  the few of `course demo`, some of whom hand in some chapters only; otherwise everybody, with all they have
    """
    students = everybody(chapters)
    if small:
        known = {student.name: student for student in (*_accidents(), *_steady(), *_unusual(), *_mistaken())}
        students = [_only(known[name], chapters[share]) for name, share in _SMALL.items()]
    for student in students:
        write_hand_ins(folder, student, chapters)
    return students


def write_hand_ins(folder: Path, student: Student, chapters: list[Material]) -> None:
    """Write what one student hands in of some chapters."""
    for chapter in chapters:
        written = student.hand_in(chapter)
        if written is not None:
            path = folder / student.name / f"{chapter.name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written, encoding="utf-8")


def everybody(chapters: list[Material]) -> list[Student]:
    """Return all students: the honest, the unlucky, the unusual and the mistaken."""
    steady = {student.name: student for student in _steady()}
    for name, share in (("endless_loop", chapters[1:2]), ("stubborn_loop", chapters[:1])):
        steady[name] = _only(steady[name], share)  # a loop takes the whole time that a cell has
    in_turn = [*_accidents(), *_unusual()]
    return [
        *steady.values(),
        *(_in_turn(student, chapters, turn) for turn, student in enumerate(in_turn)),
        *_mistaken(),
    ]


def _steady() -> list[Student]:
    """Return those who hand in every chapter, and those whose hand-ins take long."""
    return [
        Student("solved", lambda chapter: json.dumps(chapter.solved)),
        Student("untouched", lambda chapter: json.dumps(chapter.released), _all),
        Student("half_done", _half_done, lambda chapter: chapter.exercises[len(chapter.exercises) // 2 :]),
        Student("endless_loop", _last_answer("while True:\n        pass"), _last),
        Student("stubborn_loop", _last_answer(_STUBBORN), _last),
        Student("no_notebook", lambda chapter: "My notebook is in the cloud, see the link.", _all, refused=True),
    ]


def _accidents() -> list[Student]:
    """Return those to whose notebooks something happened."""
    return [
        Student("tampered_tests", _tampered, _all),
        Student("deleted_tests", _deleted_tests),
        Student("duplicated_cells", _duplicated),
        Student("split_cells", _split),
        Student("colab", _colab),
        Student("vs_code", _vs_code),
        Student("warnings", _warnings),
        Student("sys_exit", _last_answer("import sys\n    sys.exit(0)"), _last),
        Student("killed_process", _last_answer("import os\n    os._exit(0)"), _last),
        Student("half_cuda", _half_cuda),
    ]


def _all(chapter: Material) -> list[str]:
    return chapter.exercises


def _last(chapter: Material) -> list[str]:
    return chapter.exercises[-1:]


def _in_turn(student: Student, chapters: list[Material], turn: int) -> Student:
    """Let a student hand in every fourth chapter, beginning with another one than the student before."""
    turns = min(_TURNS, len(chapters))
    return _only(student, chapters[turn % turns :: turns])


def _only(student: Student, chapters: list[Material]) -> Student:
    """Let a student hand in these chapters and no other."""
    names = [chapter.name for chapter in chapters]
    return student._replace(hand_in=lambda chapter: student.hand_in(chapter) if chapter.name in names else None)


def _half_done(chapter: Material) -> str:
    notebook = copy.deepcopy(chapter.released)
    for exercise in chapter.exercises[: len(chapter.exercises) // 2]:
        answer_cell(notebook, exercise)["source"] = text(answer_cell(chapter.solved, exercise))
    return json.dumps(notebook)


def _tampered(chapter: Material) -> str:
    """Nothing is answered, every test is emptied and worth a hundred points."""
    notebook = _without_figures(chapter.released)
    for cell in notebook["cells"]:
        if check_of(cell):
            cell["source"] = "100"
            cell["metadata"]["nbgrader"].update(points=100, locked=False)
    return json.dumps(notebook)


def _deleted_tests(chapter: Material) -> str:
    notebook = _without_figures(chapter.solved)
    notebook["cells"] = [cell for cell in notebook["cells"] if not check_of(cell)]
    return json.dumps(notebook)


def _duplicated(chapter: Material) -> str:
    """Each answer stands three times under one name: untouched, as a draft that fails, and right."""
    notebook = _without_figures(chapter.solved)
    cells = []
    for cell in notebook["cells"]:
        if is_answer(cell) and cell["cell_type"] == "code":
            stub = copy.deepcopy(answer_cell(chapter.released, grade_id(cell)))
            draft = copy.deepcopy(stub) | {"source": text(stub) + "\n\n# a draft"}
            cells += [stub, draft]
        cells.append(cell)
    notebook["cells"] = cells
    return json.dumps(notebook)


def _split(chapter: Material) -> str:
    """Each answer is cut in two behind the line with `def`'s first statement, as a click on "split cell" does."""
    notebook = _without_figures(chapter.solved)
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        lines = text(cell).split("\n")
        if is_answer(cell) and cell["cell_type"] == "code":
            cell["source"] = "\n".join(lines[:-1])
            cells.append(new_code(lines[-1]))
    notebook["cells"] = cells
    return json.dumps(notebook)


def _colab(chapter: Material) -> str:
    """A round trip through Colab at its worst: own ids, run data and outputs, no cell ids, no metadata of ours."""
    notebook = copy.deepcopy(chapter.solved)
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {"colab": {"provenance": []}, "accelerator": "GPU", "kernelspec": {"name": "python3"}}
    for number, cell in enumerate(notebook["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"aB3_{number}x"}
        cell["source"] = text(cell).splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"outputId": f"o{number}", "executionInfo": {"status": "ok", "user_tz": -60}}
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["kept from Colab\n"]}]
    return json.dumps(notebook)


def _vs_code(chapter: Material) -> str:
    """Another schema version, cell ids alone, a language in each cell's metadata."""
    notebook = _without_figures(chapter.solved)
    for cell in notebook["cells"]:
        old = {"schema_version": 1} if "nbgrader" in cell["metadata"] else {}
        cell["metadata"] = {"vscode": {"languageId": "python"}} | ({"nbgrader": old} if old else {})
    return json.dumps(notebook)


_NOISY = """
import logging, sys, warnings
from tqdm import tqdm

def noisily(function):
    def noisy(*args, **kwargs):
        warnings.warn("a warning in a right answer")
        logging.warning("and one that is logged")
        for _ in tqdm(range(3)):
            print("text on stderr", file=sys.stderr)
        return function(*args, **kwargs)
    return noisy

{name} = noisily({name})
"""


def _warnings(chapter: Material) -> str:
    notebook = _without_figures(chapter.solved)
    for exercise in chapter.exercises:
        answer_cell(notebook, exercise)["source"] = text(answer_cell(notebook, exercise)) + _NOISY.format(name=exercise)
    return json.dumps(notebook)


_STUBBORN = """while True:
        try:
            while True:
                pass
        except BaseException:
            continue"""


def _last_answer(body: str) -> Callable[[Material], str]:
    """Return a recipe: all is solved, but the last exercise's function has this body."""

    def hand_in(chapter: Material) -> str:
        notebook = _without_figures(chapter.solved)
        for exercise in _last(chapter):
            answer_cell(notebook, exercise)["source"] = f"def {exercise}(*args, **kwargs):\n    {body}\n"
        return json.dumps(notebook)

    return hand_in


def _from_record(notebook: dict, answers: dict[str, str]) -> str | None:
    """Return a notebook with these answers in it; None where there is none for this chapter."""
    notebook = _without_figures(notebook)
    for exercise, source in answers.items():
        answer_cell(notebook, exercise)["source"] = source
    return json.dumps(notebook) if answers else None


def _of_rank(kind: str, chapter: Material, rank: int, named: str = "") -> dict[str, str]:
    """Return the recorded answer of this rank to each exercise that has so many, of those with `named` in the name."""
    found = {exercise: answers_on_record(kind, exercise) for exercise in chapter.exercises}
    texts = {exercise: [text for name, text in found[exercise].items() if named in name] for exercise in found}
    return {exercise: with_imports(of[rank], chapter) for exercise, of in texts.items() if rank < len(of)}


def _half_cuda(chapter: Material) -> str:
    notebook = json.loads(_from_record(chapter.solved, _of_rank("right", chapter, 0, "cuda")))
    notebook["cells"].insert(1, new_code("import torch\ntorch.zeros(2).half().cuda()"))
    return json.dumps(notebook)


def _unusual() -> list[Student]:
    """Return students who answer in the style of the right variants of one rank: batched, functional, float64, ..."""

    def student(rank: int) -> Student:
        def variants(chapter: Material) -> dict[str, str]:
            return _of_rank("right", chapter, rank)

        return Student(f"unusual_{rank + 1}", lambda chapter: _from_record(chapter.solved, variants(chapter)))

    return [student(rank) for rank in range(_UNUSUAL)]


def _mistaken() -> list[Student]:
    """Return students who make the recorded mistake of one rank in each exercise; the others stay as released."""

    def student(rank: int) -> Student:
        def mistakes(chapter: Material) -> dict[str, str]:
            return _of_rank("wrong", chapter, rank)

        return Student(
            f"mistaken_{rank + 1}",
            lambda chapter: _from_record(chapter.released, mistakes(chapter)),
            _all,
        )

    return [student(rank) for rank in range(_MISTAKEN)]


def _without_figures(notebook: dict) -> dict:
    """Return a copy with the figure cells emptied."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if {"figure", "widget", "gallery"} & set(cell["metadata"].get("course", {})):
            cell["source"] = ""
    return notebook
