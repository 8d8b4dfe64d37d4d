"""What the report shows to an instructor beside a student's name."""

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell

from course.paths import Paths
from notebook_grader.runner.flags import flags_of


@pytest.mark.parametrize(
    ("source", "flag"),
    [
        ("import ctypes", "Cell 1 imports ctypes."),
        ("from socket import create_connection", "Cell 1 imports socket."),
        ("def f():\n    import os\n    os._exit(0)", "Cell 1 uses os._exit."),
        ("class A:\n    def __eq__(self, other):\n        return True", "Cell 1 defines __eq__."),
        ("def check_forward(*a):\n    pass", "Cell 1 defines check_forward anew."),
        ("checks.check_psnr = print", "Cell 1 defines check_psnr anew."),
        ("open('/proc/1/environ')", "Cell 1 has the text '/proc/'."),
    ],
)
def test_what_attempts_to_cheat_do_is_flagged(source, flag):
    assert flags_of([new_code_cell(source)]) == [flag]


@pytest.mark.parametrize("source", ["def forward(im, t):\n    return im * t", "no python (", "%matplotlib inline", ""])
def test_ordinary_cells_are_not(source):
    assert flags_of([new_code_cell(source)]) == []


def test_a_thing_is_said_once_for_each_cell():
    cells = [new_code_cell("import gc\nimport gc"), new_code_cell("import gc")]
    assert flags_of(cells) == ["Cell 1 imports gc.", "Cell 2 imports gc."]


def test_our_own_cells_are_not_looked_at():
    assert flags_of([new_code_cell("import socket", metadata={"nbgrader": {"locked": True}})]) == []


@pytest.mark.parametrize("chapter", Paths().chapters())
def test_no_chapter_has_a_flag_as_it_is_released_or_solved(chapter):
    solved, released = jupytext.read(Paths().solution(chapter)), nbformat.read(Paths().notebook(chapter), as_version=4)
    assert flags_of(solved.cells) == flags_of(released.cells) == []
