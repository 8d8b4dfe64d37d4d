"""A whole chapter with its solutions on DeepFloyd's real code path: 64 pixels, its T5, its pipeline classes."""

import nbformat
import pytest
from small_deepfloyd import save_small_if

from course.build import build_sources
from course.execute import execute_cells
from course.paths import Paths

CHAPTER = "03_denoising_three_ways"

# What a machine without a GPU and without the download lacks; everything else is what runs on Colab.
STAND_IN = """\
import pathlib, torch
from helpers.denoisers import deepfloyd
deepfloyd._usable = lambda device: torch.device("cpu")
deepfloyd._download = lambda *_: {folder!r}
deepfloyd.cache_folder = lambda name: pathlib.Path({folder!r}, name)
"""


@pytest.mark.slow
def test_a_chapter_runs_through_deepfloyds_own_code(tmp_path):
    save_small_if(tmp_path / "if")
    read, built = Paths(), Paths(tmp_path)
    build_sources(read, built)
    notebook = nbformat.read(built.source(CHAPTER), as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STAND_IN.format(folder=str(tmp_path / "if"))))
    built.executed_folder.mkdir(parents=True)
    execute_cells(notebook, built, CHAPTER, cores=1)
    printed = "".join(one.get("text", "") for cell in notebook.cells for one in cell.get("outputs", []))
    assert "Denoiser: deepfloyd" in printed
    assert "stderr" not in [one.get("name") for cell in notebook.cells for one in cell.get("outputs", [])]
    checked = [cell for cell in notebook.cells if "check" in cell.metadata.get("course", {})]
    assert checked and all(cell.outputs for cell in checked)
