"""Cells split, copied, deleted, moved and retyped, as Colab and tired hands do it."""

import copy

from course.attacks.recipes.kit import EVERYTHING, World, attack, cell_of, new_code, position, text

KIND = "cells split, copied, moved"


@attack(KIND, "every answer is cut in two")
def split(world: World) -> dict:
    notebook = world.solved()
    for name in EVERYTHING:
        at = position(notebook, name)
        lines = text(notebook["cells"][at]).split("\n")
        notebook["cells"][at]["source"] = "\n".join(lines[:2])
        notebook["cells"].insert(at + 1, new_code("\n".join(lines[2:])))
    return notebook


@attack(KIND, "every answer stands there three times: untouched, half done, and right")
def copied(world: World) -> dict:
    notebook, stubs = world.solved(), world.untouched()
    for name in EVERYTHING:
        at, stub = position(notebook, name), cell_of(stubs, name)
        draft = copy.deepcopy(stub) | {"source": text(stub) + "\n# a draft"}
        notebook["cells"][at:at] = [copy.deepcopy(stub), draft]
    return notebook


@attack(KIND, "all tests are deleted")
def tests_deleted(world: World) -> dict:
    notebook = world.solved()
    names = [f"check_{name}" for name in EVERYTHING]
    notebook["cells"] = [
        cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names
    ]
    return notebook


@attack(KIND, "one answer is deleted, and with it only its own points", loses="scale")
def answer_deleted(world: World) -> dict:
    notebook = world.solved()
    del notebook["cells"][position(notebook, "scale")]
    return notebook


@attack(KIND, "all cells stand in the opposite order")
def reversed_order(world: World) -> dict:
    notebook = world.solved()
    notebook["cells"].reverse()
    return notebook


@attack(KIND, "two answers were turned into text cells")
def retyped(world: World) -> dict:
    notebook = world.solved()
    for name, kind in (("double", "markdown"), ("scale", "raw")):
        cell = cell_of(notebook, name)
        cell["cell_type"] = kind
        del cell["outputs"], cell["execution_count"]
    return notebook


@attack(KIND, "a test was turned into text, so that it would not run, and its answer is wrong", loses="double")
def test_retyped(world: World) -> dict:
    notebook = world.solved(double="def double(number):\n    return 0")
    cell = cell_of(notebook, "check_double")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    return notebook


@attack(KIND, "a second test of the student's own, under the name of ours, stands before it", loses="double")
def test_of_ones_own(world: World) -> dict:
    notebook = world.solved(double="def double(number):\n    return 0")
    at = position(notebook, "check_double")
    notebook["cells"].insert(at, copy.deepcopy(notebook["cells"][at]) | {"source": "print('passed')"})
    return notebook


@attack(KIND, "an answer is given a second time at the end of the notebook, wrong, in a cell of the student's own")
def defined_again_at_the_end(world: World) -> dict:
    notebook = world.solved()
    notebook["cells"].append(new_code("def double(number):\n    return 0"))
    return notebook


@attack(KIND, "two answers were merged into one cell, the first; the notebook passes all its checks at home")
def merged(world: World) -> dict:
    notebook = world.solved()
    both = [text(cell_of(notebook, name)) for name in ("double", "scale")]
    del notebook["cells"][position(notebook, "scale")]
    cell_of(notebook, "double")["source"] = "\n\n\n".join(both)
    return notebook
