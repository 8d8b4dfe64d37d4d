"""What is for Colab: the install cell, first code of every released notebook, and the notebook that grades a class.

Why the install cell looks as it does: Colab ships a torch that fits its driver, so nothing here may replace it. pip
without -U keeps every package that already satisfies the course's lower bounds, and the course asks for no upper bound
of torch. The version is pinned, so that a notebook opened next term meets the package that it was released with.
"""

from pathlib import Path

import jupytext
from nbformat import NotebookNode

from course.paths import ROOT, repository_url
from helpers.version import __version__

_GRADING = Path(__file__).parent / "notebooks" / "instructor_grading.py"

_TEMPLATE = """\
# @title Install the course's package (only on Colab, and only where it is missing)
import importlib.util
import subprocess
import sys

installed = None
if importlib.util.find_spec("helpers"):
    from helpers import __version__ as installed

if installed != "{version}" and importlib.util.find_spec("google") and importlib.util.find_spec("google.colab"):
    # One pinned version. pip is not told to upgrade: Colab's own torch stays as it is.
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "from-noise{extra} @ git+{url}@v{version}"]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("The installation failed. Run this cell again, or see the set-up page.\\n" + done.stderr)
    for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
        del sys.modules[name]  # an older version, imported above
    importlib.invalidate_caches()"""


def install_cell(root: Path = ROOT, extra: str | None = None) -> str:
    """Return the text of the install cell: this version of the package, from the address in _config.yml.

    extra  the package's extra that the chapter needs, from its front matter; None = none
    """
    extra = f"[{extra}]" if extra else ""
    return _TEMPLATE.format(version=__version__, url=repository_url(root), extra=extra)


def grading_notebook(root: Path = ROOT) -> NotebookNode:
    """Return the notebook with which an instructor grades a class on Colab, for the repository in _config.yml."""
    text = _GRADING.read_text(encoding="utf-8").replace("{{ repository }}", repository_url(root))
    notebook = jupytext.reads(text, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"grading-{number}"  # the same in every build
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    return notebook
