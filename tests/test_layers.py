"""Imports point one way, as docs/architecture.md says, and importing does nothing else."""

import ast
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import helpers
from course.paths import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, set[str]]:
    """Read a table of docs/architecture.md: what stands in its first column, and the names in its second."""
    rows = ARCHITECTURE.partition(heading)[2].partition("\n\n")[0].splitlines()[1:]
    cells = [[cell.strip() for cell in row.strip("|\n ").split("|")] for row in rows if not row.startswith("|---")]
    return {first.strip("`"): set(re.findall(r"`(\w+)`", second)) for first, second in cells}


# Who may import which of our own packages, itself always.
ALLOWED = {package: {package, *others} for package, others in table("| package | may import of ours |").items()}
# The modules of helpers by floor. A module may import its own floor and the floors below it.
FLOORS = list(table("| floor | modules of `helpers` |").values())
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
OURS = {"helpers", "course", "notebook_grader", "training", "solutions", "tests", "benchmarks"}
NOT_FOR_STUDENTS = {"nbgrader", "jupytext", "nbconvert", "jupyter_book", "typer", "pytest"}
HEAVY = ("diffusers", "transformers", "accelerate", "matplotlib.pyplot", "ipywidgets", "scipy", "skimage")


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a file imports, also inside functions."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            yield from (f"{base if node.level else node.module}.{name.name}" for name in node.names)


def room_of(name: str) -> str | None:
    """Return the room of helpers that a dotted name lies in; None for helpers itself and for other packages."""
    parts = name.split(".")
    is_module = len(parts) > 1 and any((ROOT / "helpers" / f"{parts[1]}{end}").exists() for end in ("", ".py"))
    return parts[1] if parts[0] == "helpers" and is_module else None


@pytest.mark.parametrize("package", ALLOWED)
def test_packages_import_only_what_lies_below_them(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imports_of(path)
        if name.split(".")[0] in OURS - ALLOWED[package]
    ]
    assert not wrong, wrong


def test_the_tables_of_the_architecture_were_read():
    assert set(ALLOWED) == {"helpers", "training", "solutions", "notebook_grader", "course"} and len(FLOORS) == 3
    assert ALLOWED["helpers"] == {"helpers"} and "schedules" in FLOORS[0]


def test_helpers_imports_no_tool_of_the_instructors():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("helpers")
        for name in imports_of(path)
        if name.split(".")[0] in NOT_FOR_STUDENTS
    ]
    assert not wrong, wrong


def test_every_room_of_helpers_has_its_floor():
    rooms = {module.name for module in pkgutil.iter_modules(helpers.__path__)}
    assert rooms <= set(FLOOR_OF), f"give {rooms - set(FLOOR_OF)} a floor in docs/architecture.md"


def test_rooms_of_helpers_import_downwards():
    wrong = []
    for path in sources("helpers"):
        own = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for other in filter(None, map(room_of, imports_of(path))):
            if own in FLOOR_OF and FLOOR_OF.get(other, 0) > FLOOR_OF[own]:
                wrong.append(f"{path.relative_to(ROOT)} imports helpers.{other}, which lies above it")
    assert not wrong, wrong


def test_rooms_of_helpers_do_not_import_each_other_in_a_circle():
    reach = {room: set() for room in FLOOR_OF}
    for path in sources("helpers"):
        own = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if own in reach:
            reach[own] |= set(filter(None, map(room_of, imports_of(path)))) - {own}
    for _ in reach:
        reach = {
            room: others | {far for other in others for far in reach.get(other, ())} for room, others in reach.items()
        }
    assert not [room for room, others in reach.items() if room in others]


IMPORT_ALL = """
import io, json, pkgutil, random, socket, sys
import numpy, torch

def refuse(*arguments, **options):
    raise AssertionError(f"a module asked for the network: {arguments}")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
states = lambda: (random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist())
before = states()
printed = sys.stdout = sys.stderr = io.StringIO()
import helpers
names = [module.name for module in pkgutil.walk_packages(helpers.__path__, "helpers.")]
for name in names:
    __import__(name)
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
print(json.dumps({"names": names, "printed": printed.getvalue(), "seeded": states() != before}))
"""

LOADED = """
import json, sys
import {module}
print(json.dumps(sorted(sys.modules)))
"""


def in_fresh_process(code: str):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def everything_imported():
    return in_fresh_process(IMPORT_ALL)


def test_importing_helpers_prints_nothing_and_needs_no_network(everything_imported):
    happened, stderr = everything_imported
    assert len(happened["names"]) > 10 and happened["printed"] == "" and stderr == ""


def test_importing_helpers_does_not_touch_a_random_state(everything_imported):
    assert everything_imported[0]["seeded"] is False


def test_importing_helpers_loads_no_heavy_library():
    loaded, _ = in_fresh_process(LOADED.format(module="helpers"))
    assert not [name for name in HEAVY if name in loaded]


def test_the_command_loads_no_heavy_library_before_it_is_told_what_to_do():
    loaded, _ = in_fresh_process(LOADED.format(module="course.cli"))
    assert not [name for name in (*HEAVY, "torch", "nbgrader", "jupytext", "nbconvert", "sphinx") if name in loaded]
