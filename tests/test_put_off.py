"""Cells that no mark needs are not run for a mark, unless something graded asks for a name of theirs."""

import pytest
from nbformat.v4 import new_code_cell

from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.put_off import PutOff

FIGURE = {"figure": "loss", "as_released": True}


def cell(source: str, **course):
    return new_code_cell(source, metadata={"course": course} if course else {})


def error(text: str) -> CellRun:
    return CellRun("error", [], ("CheckFailed", "not right yet", [text]), 0.1)


@pytest.fixture
def put_off():
    found = PutOff()
    assert found.takes(cell("import math as m\nfor x in range(3):\n    y = x\ndef drawn():\n    pass", **FIGURE))
    return found


def test_a_figure_as_released_is_put_off_and_says_so():
    figure = cell("plot(1)", **FIGURE)
    assert PutOff().takes(figure) and "no mark depends" in figure.outputs[0].text


@pytest.mark.parametrize(
    "given",
    [
        cell("plot(1)", figure="loss"),  # the student's own by now
        cell("def conv(): ...", as_released=True),
        cell("plot(1)"),
        cell("from helpers import checks", setup=True),
    ],
    ids=["changed figure", "given", "own", "set-up"],
)
def test_every_other_cell_is_run(given):
    assert not PutOff().takes(given) and not given.outputs


def test_a_given_cell_that_reads_what_was_put_off_follows_it(put_off):
    assert put_off.takes(cell("print(drawn())", as_released=True))
    assert not put_off.takes(cell("drawn = 3", as_released=True)), "it reads nothing"
    assert not put_off.takes(cell("print(drawn())")), "a student's own cell is run"


def test_a_cell_that_does_not_parse_is_run():
    assert not PutOff().takes(cell("print(drawn(", as_released=True))


@pytest.mark.parametrize("name", ["m", "x", "y", "drawn"])
def test_a_missing_name_asks_for_what_was_put_off(put_off, name):
    assert put_off.is_asked_for(error(f"symptom  the function stopped with NameError: name '{name}' is not defined"))


@pytest.mark.parametrize("run", [error("name 'other' is not defined"), error("wrong"), CellRun("ok", [], None, 0.1)])
def test_nothing_else_does(put_off, run):
    assert not put_off.is_asked_for(run)


def test_what_is_taken_out_is_put_off_no_more(put_off):
    assert len(put_off.taken_out()) == 1 and not put_off.taken_out()
    assert not put_off.is_asked_for(error("name 'drawn' is not defined"))
