"""The two distributions, built and installed: what each holds, beside a stranger's package, and what students run."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import tomllib

from course.paths import ROOT, Paths
from course.publish import publish

pytestmark = pytest.mark.slow

OURS = ("from-noise", "from-noise-course")
# PyPI has a package of this name, which people use: what we install must leave it alone.
STRANGER = "instructor"


def run(*command, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """Return a committed copy of what is tracked here: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheels") / "checkout"
    for name in run("git", "-C", ROOT, "ls-files").splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    run("git", "init", "--quiet", folder)
    run("git", "-C", folder, "add", "--all")
    run("git", "-C", folder, *who, "commit", "--quiet", "--message=all")
    return folder


@pytest.fixture(scope="module")
def environment(checkout, tmp_path_factory) -> Path:
    """Return an environment with the stranger's package and ours, and nothing that they need."""
    folder = tmp_path_factory.mktemp("environment")
    for source in (checkout, checkout / "course"):
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "wheels", source)
    run(sys.executable, "-m", "venv", folder / "venv")
    pip = (folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps")
    run(*pip, STRANGER)
    run(*pip, *sorted((folder / "wheels").glob("*.whl")))
    return folder / "venv"


def installed(environment: Path, name: str) -> set[str]:
    """Return the files of an installed distribution, without those that every one has."""
    script = f"from importlib.metadata import files; print(*files({name!r}), sep='\\n')"
    names = run(environment / "bin" / "python", "-c", script, cwd=environment).splitlines()
    return {name for name in names if ".dist-info/" not in name and "__pycache__" not in name}


def tracked(checkout: Path, *packages: str) -> set[str]:
    return {name for name in run("git", "-C", checkout, "ls-files", *packages).splitlines() if name.endswith(".py")}


def test_each_distribution_holds_its_packages_whole_and_no_other(checkout, environment):
    students, givers = (installed(environment, name) for name in OURS)
    assert {name.split("/")[0] for name in students} == {"helpers"}
    assert {name.split("/")[0] for name in givers} == {"course", "notebook_grader", ".."}  # "..": bin/course
    assert {name for name in students if name.endswith(".py")} == tracked(checkout, "helpers")
    ours = {name for name in tracked(checkout, "course", "notebook_grader") if "/target/" not in name}
    assert {name for name in givers if name.endswith(".py") and "/target/" not in name} == ours


def test_the_strangers_package_stays_whole_beside_ours_and_after_them(environment, tmp_path):
    strangers = installed(environment, STRANGER)
    assert strangers and not any(strangers & installed(environment, name) for name in OURS)
    copy = tmp_path / "venv"
    shutil.copytree(environment, copy, symlinks=True)
    site = next((copy / "lib").glob("python3*")) / "site-packages"
    before = {name: (site / name).read_bytes() for name in strangers if not name.startswith("..")}
    run(copy / "bin" / "python", "-m", "pip", "uninstall", "--quiet", "--yes", *OURS)
    assert (
        not (site / "course").exists() and not (site / "notebook_grader").exists() and not (site / "helpers").exists()
    )
    assert {name: (site / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("chapter", ["01_playing_with_a_model", "14_the_app"])
def test_the_first_cells_run_from_what_is_published(checkout, environment, tmp_path, chapter):
    publish(Paths(checkout), tmp_path / "published")
    run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall",
        tmp_path / "published")  # fmt: skip
    cells = json.loads((tmp_path / "published" / "notebooks" / f"{chapter}.ipynb").read_text())["cells"]
    first = ["".join(cell["source"]) for cell in cells if cell["id"] in ("install", "setup")]
    assert len(first) == 2
    (tmp_path / "first.py").write_text("\n".join([*first, "import helpers", "print(helpers.__file__)"]))
    # without the .pth files of this environment, so that its own copy of the course is out of reach
    needs = os.environ | {"PYTHONPATH": sysconfig.get_paths()["purelib"], "MPLBACKEND": "agg"}
    said = run(environment / "bin" / "python", tmp_path / "first.py", cwd=tmp_path, env=needs)
    assert Path(said.splitlines()[-1]).is_relative_to(environment), said


def test_the_list_of_packages_is_that_of_the_folders():
    listed = tomllib.loads((ROOT / "course" / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    tops = (ROOT / "course", ROOT / "notebook_grader")
    found = {str(path.parent.relative_to(ROOT)).replace("/", ".") for top in tops for path in top.rglob("__init__.py")}
    assert sorted(found) == sorted(set(listed) - {"course.notebooks"}), "list them in course/pyproject.toml"
