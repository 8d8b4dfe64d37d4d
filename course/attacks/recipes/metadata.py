"""Forged or damaged metadata, schema, JSON, encodings and ids. Where the answers can be read, they count."""

import json

from course.attacks.recipes.kit import EVERYTHING, World, attack, cell_of

KIND = "damaged metadata, JSON, ids"


def each_nbgrader(notebook: dict) -> list[dict]:
    """Return nbgrader's metadata of all cells that have some."""
    return [cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]


@attack(KIND, "every test says that it is worth a hundred points, and an answer that it is marked by hand")
def points_inflated(world: World) -> dict:
    notebook = world.solved()
    for nbgrader in each_nbgrader(notebook):
        nbgrader.update(points=100, grade=True)
    return notebook


@attack(KIND, "two cells bear the name of one test, which makes stock nbgrader stop")
def name_twice(world: World) -> dict:
    notebook = world.solved()
    notebook["cells"].append(json.loads(json.dumps(cell_of(notebook, "check_double"))))
    return notebook


@attack(KIND, "the metadata says that it comes from a later version of nbgrader")
def schema_of_the_future(world: World) -> dict:
    notebook = world.solved()
    for nbgrader in each_nbgrader(notebook):
        nbgrader["schema_version"] = 99
    return notebook


@attack(KIND, "the metadata has values of wrong types")
def wrong_types(world: World) -> dict:
    notebook = world.solved()
    for n, cell in enumerate(notebook["cells"]):
        if "nbgrader" in cell["metadata"]:
            wrong = ({"grade_id": 5, "points": "many", "grade": []}, "yes", None, [1], {"grade_id": {"a": 1}})
            cell["metadata"]["nbgrader"] = wrong[n % len(wrong)]
    return notebook


@attack(KIND, "names of cells lead out of the class's folder")
def names_as_paths(world: World) -> dict:
    notebook = world.solved()
    for n, nbgrader in enumerate(each_nbgrader(notebook)):
        nbgrader["grade_id"] = f"../../../canary/{n}"
    return notebook


@attack(KIND, "all cells bear one id, which is too long and has blanks in it")
def ids_damaged(world: World) -> dict:
    notebook = world.solved()
    for cell in notebook["cells"]:
        cell["id"] = "the same id " * 20
    return notebook


@attack(KIND, "the file breaks off in the middle", refused=True)
def broken_off(world: World) -> str:
    text = json.dumps(world.solved())
    return text[: len(text) // 2]


@attack(KIND, "lists within lists, a hundred thousand deep", refused=True)
def deep_json(world: World) -> str:
    return '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"


@attack(KIND, "JSON of another kind", refused=True)
def another_json(world: World) -> str:
    return '[{"cells": 1}, null]'


@attack(KIND, "cells that are no cells stand between the others")
def cells_of_wrong_types(world: World) -> dict:
    notebook = world.solved()
    for odd in (None, 5, "text", [], {}, {"cell_type": "code"}, {"cell_type": 3, "source": 4, "metadata": "none"}):
        notebook["cells"].insert(1, odd)
    return notebook


@attack(KIND, "numbers that JSON does not know, in the metadata")
def no_numbers(world: World) -> str:
    notebook = world.solved()
    notebook["metadata"]["sizes"] = [float("nan"), float("inf"), 10**400]
    return json.dumps(notebook)


@attack(KIND, "the file is written in UTF-16", refused=True)
def in_utf_16(world: World) -> bytes:
    return json.dumps(world.solved()).encode("utf-16")


@attack(KIND, "halves of characters and control characters stand in the text")
def halves_of_characters(world: World) -> str:
    notebook = world.with_cell("'MARK'")
    return json.dumps(notebook).replace("MARK", r"\ud83d \u0000 \u001b[2J \udc00")


@attack(KIND, "the keys of the notebook stand there twice, first empty")
def keys_twice(world: World) -> str:
    return '{"cells": [], "metadata": {}, ' + json.dumps(world.solved())[1:]


@attack(KIND, "the notebook is in the format of 2013")
def old_format(world: World) -> dict:
    cells = []
    for cell in world.solved()["cells"]:
        name = {"code": "input"}.get(cell["cell_type"], "source")
        extra = {"language": "python", "outputs": [], "prompt_number": 1} if cell["cell_type"] == "code" else {}
        cells.append({"cell_type": cell["cell_type"], "metadata": {}, name: cell["source"], **extra})
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}


@attack(KIND, "the notebook asks for a kernel that runs a shell")
def kernel_of_another_language(world: World) -> dict:
    notebook = world.solved()
    notebook["metadata"] = {
        "kernelspec": {"name": "bash", "display_name": "Bash", "language": "bash", "argv": ["bash", "-c", "id"]},
        "language_info": {"name": "bash"},
    }
    return notebook


@attack(KIND, "ten thousand empty cells and a thousand with a line of text")
def many_cells(world: World) -> dict:
    notebook = world.solved()
    notebook["cells"] += [{"cell_type": "markdown", "metadata": {}, "source": ""} for _ in range(10_000)]
    notebook["cells"] += [{"cell_type": "markdown", "metadata": {}, "source": f"Note {n}"} for n in range(1000)]
    return notebook


@attack(KIND, "the points of the tests are made negative, and nothing is answered", loses=EVERYTHING)
def points_negative(world: World) -> dict:
    notebook = world.untouched()
    for nbgrader in each_nbgrader(notebook):
        nbgrader["points"] = -5
    return notebook
