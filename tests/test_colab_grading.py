"""The notebook with which an instructor grades on Colab: its commands exist, and it names this repository alone."""

import re
import shlex

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from typer.main import get_command

from course.cli import app
from course.colab import grading_notebook
from course.paths import Paths, repository_url

NOTEBOOK = nbformat.read(Paths().grading_notebook, as_version=4)
CODE = [cell.source for cell in NOTEBOOK.cells if cell.cell_type == "code"]
COMMANDS = [line.removeprefix("!{COURSE} ") for source in CODE for line in source.split("\n") if "{COURSE}" in line]


def test_it_is_what_its_source_makes():
    assert nbformat.writes(NOTEBOOK) == nbformat.writes(grading_notebook())


@pytest.mark.parametrize("source", CODE)
def test_every_cell_is_python_or_a_command(source):
    compile(TransformerManager().transform_cell(source), "<cell>", "exec")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_exists(command):
    name, *words = shlex.split(command)
    known = get_command(app).commands[name]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_word_for_trust_is_an_option_of_grade():
    (chosen,) = re.findall(r'TRUST = ""  # @param \["", "(--[\w-]+)"\]', CODE[0])
    grade = get_command(app).commands["grade"]
    assert chosen in {option for parameter in grade.params for option in parameter.opts}


def test_it_names_this_repository_and_no_other_address():
    text = "\n".join(cell.source for cell in NOTEBOOK.cells)
    addresses = set(re.findall(r"https://[^\s\"`]+", text))
    assert addresses == {repository_url(), "https://TOKEN@github.com/..."}
