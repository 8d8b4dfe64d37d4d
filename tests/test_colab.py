"""The first code cells of each released notebook, run in a bare process with a stand-in for google.colab."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest

from course.colab import install_cell
from course.paths import ROOT, Paths, repository_url
from helpers.version import __version__

RELEASED = Paths().chapters()

# Runs the cells read from stdin. pip's commands are recorded and not run; until one was recorded, `helpers` can be
# hidden or an older version. Prints what happened as the last line.
RUNNER = textwrap.dedent("""\
    import importlib.abc, json, subprocess, sys

    task = json.load(sys.stdin)
    commands = []

    class Hide(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "helpers" and task["hide"] and not commands:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    run = subprocess.run
    def record(command, *arguments, **options):
        if "pip" not in command:
            return run(command, *arguments, **options)  # what libraries ask the system
        commands.append(list(command))
        if task["old"]:
            sys.path.remove(task["old"])
        return subprocess.CompletedProcess(command, task["code"], "", "no route to host")

    find_spec = importlib.util.find_spec
    def find(name, package=None):
        try:
            return find_spec(name, package)
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] == "helpers":
                return None
            raise

    sys.meta_path.insert(0, Hide())
    importlib.util.find_spec = find
    subprocess.run = record
    if task["old"]:
        sys.path.insert(0, task["old"])
    names, error = {}, None
    try:
        for cell in task["cells"]:
            exec(compile(cell, "<cell>", "exec"), names)
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    helpers = sys.modules.get("helpers")
    print()
    print(json.dumps({"commands": commands, "error": error, "version": getattr(helpers, "__version__", None)}))
""")


def run_cells(folder: Path, cells: list[str], *, colab: bool, hide: bool = False, old: str = "", code: int = 0) -> dict:
    """Run cells in a bare process; `folder` gets the stand-in for google.colab."""
    if colab:
        (folder / "google" / "colab").mkdir(parents=True)
        (folder / "google" / "colab" / "__init__.py").write_text("")
    old_folder = folder / "old"
    if old:
        (old_folder / "helpers").mkdir(parents=True)
        (old_folder / "helpers" / "__init__.py").write_text(f"__version__ = {old!r}\n")
    task = {"cells": cells, "hide": hide, "old": str(old_folder) if old else "", "code": code}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(task),
        env={"PYTHONPATH": f"{folder}:{ROOT}", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def first_cells(chapter: str) -> list[str]:
    """Return the install and the set-up cell of a released notebook."""
    notebook = nbformat.read(Paths().notebook(chapter), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]
    assert [cell.id for cell in code] == ["install", "setup"]
    return [cell.source for cell in code]


@pytest.mark.slow
@pytest.mark.parametrize("chapter", RELEASED)
def test_first_cells_run_on_colab_and_install_nothing_where_helpers_is_there(chapter, tmp_path):
    happened = run_cells(tmp_path, first_cells(chapter), colab=True)
    assert happened == {"commands": [], "error": None, "version": __version__}


@pytest.mark.slow
@pytest.mark.parametrize("chapter", RELEASED)
def test_the_install_cell_fetches_one_pinned_version_where_helpers_is_missing(chapter, tmp_path):
    install, _ = first_cells(chapter)
    happened = run_cells(tmp_path, [install, "import helpers"], colab=True, hide=True)
    extra = "[app]" if chapter == "14_the_app" else ""
    package = f"from-noise{extra} @ git+{repository_url()}@v{__version__}"
    assert happened["error"] is None and len(happened["commands"]) == 1
    assert happened["commands"][0] == [sys.executable, "-m", "pip", "install", "--quiet", package]


def test_the_install_command_never_names_torch_and_never_upgrades(tmp_path):
    command = run_cells(tmp_path, [install_cell()], colab=True, hide=True)["commands"][0]
    assert not [word for word in command if "torch" in word or word in ("-U", "--upgrade", "--force-reinstall")]


def test_another_version_is_replaced_and_forgotten(tmp_path):
    cells = [install_cell(), "import helpers"]
    happened = run_cells(tmp_path, cells, colab=True, old="0.0.1")
    assert len(happened["commands"]) == 1 and happened["version"] == __version__


@pytest.mark.parametrize("hide", [False, True])
def test_outside_colab_the_cell_does_nothing(hide, tmp_path):
    happened = run_cells(tmp_path, [install_cell()], colab=False, hide=hide)
    assert happened["commands"] == [] and happened["error"] is None


def test_a_failed_installation_says_what_to_do_and_why(tmp_path):
    error = run_cells(tmp_path, [install_cell()], colab=True, hide=True, code=1)["error"]
    assert "Run this cell again" in error and "no route to host" in error
