"""Citations written out for the students' notebooks."""

import nbformat
import pytest

from course import CourseError
from course.citations import with_plain_citations
from course.paths import ROOT, Paths

BIBLIOGRAPHY = Paths(ROOT).bibliography


def written_out(text: str) -> str:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("x = 1")])
    return with_plain_citations(notebook, BIBLIOGRAPHY).cells[0].source


def test_a_citation_in_the_text_becomes_a_link_with_names_and_year():
    text = written_out("{cite:t}`ho2020denoising`, eq. 4")
    assert text == "[Ho et al. 2020](https://arxiv.org/abs/2006.11239), eq. 4"


def test_a_citation_in_parentheses_keeps_them_and_joins_several_works():
    text = written_out("noise {cite:p}`ho2022classifier, ho2020denoising`.")
    assert text.startswith("noise ([Ho and Salimans 2022](") and "); [Ho et al. 2020](" in text and text.endswith(").")


def test_an_unknown_key_is_an_error_that_names_it():
    with pytest.raises(CourseError, match="ho1920"):
        written_out("{cite:p}`ho1920`")


def test_no_chapter_shows_a_raw_citation():
    for notebook in sorted(Paths(ROOT).notebooks.glob("*.ipynb")):
        assert "{cite:" not in notebook.read_text(encoding="utf-8"), notebook.name
