"""The intake: whatever a notebook went through, nbgrader gets the released one with the student's texts in it."""

import copy
import json
import random
import re

import nbformat
import pytest
from class_of_sums import answered, class_of_sums, material, position, put_in
from nbconvert import HTMLExporter
from nbgrader.nbgraderformat import MetadataValidator

from course.build import build
from course.sample_class.material import answer_cell, grade_id, new_code, text
from notebook_grader.intake import reading
from notebook_grader.intake.matching import AS_RELEASED, match
from notebook_grader.intake.mending import NOTES_ID, mend
from notebook_grader.intake.reading import HandInError, read_cells

TWICE = "def double(number):\n    return 2 * number"


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    paths = class_of_sums(tmp_path_factory.mktemp("intake"))
    build(paths)
    return material(paths)


@pytest.fixture
def mended(chapter, tmp_path):
    """Return a function that sends a notebook through the intake and holds the result to nbgrader's rules."""

    def through(notebook: dict):
        path = tmp_path / "hand_in.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        result = mend(path, nbformat.reads(json.dumps(chapter.released), as_version=4))
        nbformat.validate(result.notebook)
        MetadataValidator().validate_nb(result.notebook)
        graded = [name for cell in result.notebook.cells if (name := grade_id(cell))]
        assert graded == [name for cell in chapter.released["cells"] if (name := grade_id(cell))]
        return result

    return through


def sources(result) -> dict[str, str]:
    return {cell.id: cell.source for cell in result.notebook.cells}


def ids(result) -> list[str]:
    return [cell.id for cell in result.notebook.cells]


def told(result) -> str:
    return "\n".join(result.notes)


@pytest.mark.parametrize("form", ["released", "solved"])
def test_an_untouched_file_passes_unchanged(chapter, mended, form):
    notebook = getattr(chapter, form)
    result = mended(notebook)
    assert result.notes == []
    assert [cell.source for cell in result.notebook.cells] == [text(cell) for cell in notebook["cells"]]
    found, wanted = result.notebook.cells, chapter.released["cells"]
    assert [given(cell.metadata) for cell in found] == [given(cell["metadata"]) for cell in wanted]


def given(metadata) -> dict:
    """Return metadata as they were released."""
    course = {name: value for name, value in metadata.get("course", {}).items() if name != AS_RELEASED}
    return {**metadata, "course": course}


def test_a_given_cell_that_is_as_released_says_so(chapter, mended):
    def marked(notebook):
        return [cell.id for cell in mended(notebook).notebook.cells if cell.metadata.get("course", {}).get(AS_RELEASED)]

    assert "figure_doubles" in marked(chapter.solved) and "double" not in marked(chapter.released)
    notebook = copy.deepcopy(chapter.solved)
    notebook["cells"][position(notebook, "figure_doubles")]["source"] = "print(double(7))"
    assert "figure_doubles" not in marked(notebook)


def test_what_was_mended_stands_in_a_cell_at_the_top(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    del notebook["cells"][position(notebook, "check_double")]
    first = mended(notebook).notebook.cells[0]
    assert first.id == NOTES_ID and "`check_double` was missing" in first.source


def test_a_changed_test_cell_is_put_back(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    cell = notebook["cells"][position(notebook, "check_double")]
    cell["source"] = "100"
    cell["metadata"]["nbgrader"] |= {"points": 100, "grade": False, "solution": True}
    result = mended(notebook)
    assert sources(result)["check_double"] == text(chapter.released["cells"][position(notebook, "check_double")])
    assert "`check_double` was changed" in told(result)


@pytest.mark.parametrize("name", ["setup", "double", "check_double", "figure_doubles", "total", "reflection_why"])
def test_a_deleted_cell_comes_back_where_it_was(chapter, mended, name):
    notebook = copy.deepcopy(chapter.solved)
    del notebook["cells"][position(notebook, name)]
    result = mended(notebook)
    assert [one for one in ids(result) if one != NOTES_ID] == [cell["id"] for cell in chapter.released["cells"]]
    assert name in told(result)


def test_of_copies_the_last_filled_one_is_taken(chapter, mended):
    notebook = answered(chapter, double=TWICE)
    at = position(notebook, "double")
    released = copy.deepcopy(answer_cell(chapter.released, "double"))
    draft = copy.deepcopy(released) | {"source": "def double(number):\n    return 3 * number"}
    notebook["cells"][at:at] = [draft, copy.deepcopy(released)]
    notebook["cells"].insert(at + 3, copy.deepcopy(released))
    result = mended(notebook)
    assert sources(result)["double"] == TWICE
    assert f"`double` was there 4 times (cells {at + 1}, {at + 2}, {at + 3}, {at + 4})" in told(result)
    order = [cell.source for cell in result.notebook.cells]
    assert order.index(draft["source"]) < order.index(TWICE), "a draft must not run after the answer"


def test_an_answer_in_another_cell_beside_the_untouched_one_is_found(chapter, mended):
    notebook = copy.deepcopy(chapter.released)
    put_in(notebook, position(notebook, "double") + 1, TWICE)
    assert sources(mended(notebook))["double"] == TWICE


@pytest.mark.parametrize("keeps_metadata", [True, False], ids=["JupyterLab", "VS Code"])
@pytest.mark.parametrize(
    "parts",
    [
        ["def double(number):\n    half = number", "    return half + half"],
        ["def double(number):", "    return 2 * number"],
        ["def double(number):\n    return (number", "            + number)"],
        ["def double(number):\n    a = number", "    b = number", "    return a + b"],
    ],
)
def test_a_split_answer_is_joined(chapter, mended, parts, keeps_metadata):
    notebook = answered(chapter, double=parts[0])
    at = position(notebook, "double")
    for number, part in enumerate(parts[1:], 1):
        other = copy.deepcopy(notebook["cells"][at]) if keeps_metadata else new_code("")
        notebook["cells"].insert(at + number, other | {"source": part, "id": f"part-{number}"})
    result = mended(notebook)
    assert sources(result)["double"] == "\n".join(parts)
    assert "`double` was split over cells" in told(result)


def test_an_import_split_off_above_stays_above(chapter, mended):
    notebook = answered(chapter, double="import operator")
    at = position(notebook, "double")
    body = "def double(number):\n    return operator.mul(2, number)"
    notebook["cells"].insert(at + 1, copy.deepcopy(notebook["cells"][at]) | {"source": body, "id": "second"})
    order = [cell.source for cell in mended(notebook).notebook.cells]
    assert order.index("import operator") == order.index(body) - 1


def test_an_answer_that_is_no_python_is_left_as_it_is(chapter, mended):
    notebook = answered(chapter, double="def double(number:\n    return 2")
    put_in(notebook, position(notebook, "double") + 1, "x = 1")
    result = mended(notebook)
    assert sources(result)["double"] == "def double(number:\n    return 2"
    assert result.notes == []


def test_lost_metadata_comes_back_by_the_cells_ids(chapter, mended):
    notebook = answered(chapter, double=TWICE)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    result = mended(notebook)
    assert sources(result)["double"] == TWICE and "recognised by their ids" in told(result)


def test_lost_metadata_and_ids_come_back_by_the_text(chapter, mended):
    notebook = answered(chapter, double=TWICE, total="def total(numbers):\n    return sum(map(double, numbers))")
    why = "Each summand is even.\n\nSo is their sum."
    notebook["cells"][position(notebook, "reflection_why")]["source"] = why
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    result = mended(notebook)
    assert sources(result)["double"] == TWICE and "map(double" in sources(result)["total"]
    assert sources(result)["reflection_why"] == why
    assert "5 cells had lost nbgrader's metadata; they were recognised by their text" in told(result)


def test_colabs_own_id_in_the_metadata_counts_as_the_cells(chapter, mended):
    notebook = answered(chapter, double="double = lambda number: 2 * number")  # no def: the text alone would not do
    for cell in notebook["cells"]:
        cell["metadata"] = {"id": cell.pop("id"), "executionInfo": {"status": "ok"}}
    assert sources(mended(notebook))["double"].startswith("double = lambda")


def test_shuffled_cells_return_to_the_released_order(chapter, mended):
    notebook = answered(chapter, double=TWICE)
    random.Random(3).shuffle(notebook["cells"])
    result = mended(notebook)
    assert ids(result) == [cell["id"] for cell in chapter.released["cells"]]
    assert sources(result)["double"] == TWICE


def test_a_students_own_cell_stays_behind_the_cell_it_followed(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    put_in(notebook, position(notebook, "double"), "helper = 3")
    order = [cell.source for cell in mended(notebook).notebook.cells]
    assert order.index("helper = 3") == position(chapter.released, "double")


def test_an_answer_in_a_text_cell_is_read_as_code(chapter, mended):
    notebook = answered(chapter, double=TWICE)
    cell = answer_cell(notebook, "double")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    result = mended(notebook)
    assert sources(result)["double"] == TWICE and "was a markdown cell" in told(result)


def test_a_changed_setup_cell_runs_after_the_released_one(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    at = position(notebook, "setup")
    notebook["cells"][at]["source"] = "import numpy"
    result = mended(notebook)
    order = [cell.source for cell in result.notebook.cells]
    assert order[order.index("import numpy") - 1] == text(chapter.released["cells"][at])


def test_an_edited_figure_cell_is_the_students(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    notebook["cells"][position(notebook, "figure_doubles")]["source"] = "print(double(7))"
    assert sources(mended(notebook))["figure_doubles"] == "print(double(7))"


def test_an_emptied_figure_cell_stays_empty_and_an_emptied_answer_is_the_released_one(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    for name in ("figure_doubles", "double"):
        notebook["cells"][position(notebook, name)]["source"] = ""
    found = sources(mended(notebook))
    assert found["figure_doubles"] == "" and "NotImplementedError" in found["double"]


def test_names_that_nobody_released_are_taken_away(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    foreign = {"grade": True, "grade_id": "bonus", "points": 50, "solution": False, "locked": False}
    notebook["cells"].append(new_code("50") | {"metadata": {"nbgrader": foreign | {"schema_version": 3}}})
    assert mended(notebook).notebook.cells[-1].metadata == {}


@pytest.mark.parametrize("version", [0, 1, 99, "three", None])
def test_metadata_of_another_version_is_replaced(chapter, mended, version):
    notebook = copy.deepcopy(chapter.solved)
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = version
    result = mended(notebook)
    assert all(cell.metadata.get("nbgrader", {}).get("schema_version", 3) == 3 for cell in result.notebook.cells)


@pytest.mark.parametrize(
    "damage",
    [
        lambda notebook: notebook.pop("nbformat_minor"),
        lambda notebook: notebook.update(nbformat_minor=0, nbformat=4.0),
        lambda notebook: notebook.pop("metadata"),
        lambda notebook: notebook["cells"].append("no cell"),
        lambda notebook: notebook["cells"].append({"cell_type": "heading", "source": 3}),
        lambda notebook: notebook["cells"].append({"cell_type": "code", "source": "x\ud800", "metadata": []}),
        lambda notebook: [cell.update(source=text(cell).splitlines(keepends=True)) for cell in notebook["cells"]],
        lambda notebook: [cell.update(source=text(cell).replace("\n", "\r\n")) for cell in notebook["cells"]],
        lambda notebook: [cell.update(outputs="none", execution_count=-1) for cell in notebook["cells"]],
        lambda notebook: [cell.update(id="the same") for cell in notebook["cells"]],
    ],
)
def test_damage_to_the_format_does_no_harm(chapter, mended, damage):
    notebook = answered(chapter, double=TWICE)
    damage(notebook)
    assert sources(mended(notebook))["double"] == TWICE


def test_an_old_notebook_format_is_read(chapter, mended):
    old = nbformat.convert(nbformat.reads(json.dumps(answered(chapter, double=TWICE)), as_version=4), 3)
    assert sources(mended(old))["double"] == TWICE


def test_a_picture_in_a_written_answer_stays(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    cell = notebook["cells"][position(notebook, "reflection_why")]
    cell["attachments"] = {"sum.png": {"image/png": "aGVsbG8=", "text/html": "<script>"}}
    result = mended(notebook)
    kept = next(cell for cell in result.notebook.cells if cell.id == "reflection_why")
    assert kept.attachments == {"sum.png": {"image/png": "aGVsbG8="}}


def test_html_in_a_written_answer_is_made_harmless_and_math_stays(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    cell = notebook["cells"][position(notebook, "reflection_why")]
    cell["source"] = "$a < b$, $a<b$ and $x &= y$ <img src=x onerror=alert(1)></img> <script>alert(2)</script>"
    kept = sources(mended(notebook))["reflection_why"]
    assert kept.startswith("$a < b$, $a< b$ and $x &= y$")
    assert "<img" not in kept and "<script" not in kept and "</" not in kept


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x]( javascript:alert(1))", "[x](java&#115;cript:a)",
        "[x](<javascript:alert(1)>)", "[x](data:text/html;base64,aGk=)", "[x][y]\n\n[y]: javascript:alert(1)",
        "![x](vbscript:a)", "[x](\\javascript:a)",
    ],
)  # fmt: skip
def test_a_link_that_acts_is_broken(chapter, mended, link):
    notebook = copy.deepcopy(chapter.solved)
    notebook["cells"][position(notebook, "reflection_why")]["source"] = f"see {link}"
    html = HTMLExporter(template_name="basic").from_notebook_node(mended(notebook).notebook)[0]
    assert not re.search(r"(?:href|src)=[\"']\s*(?:<|%3C|\\\\)?\s*(?:java|vb|data)", html, re.IGNORECASE), html


@pytest.mark.parametrize(
    "target", ["https://arxiv.org/abs/2006.11239", "mailto:a@b.de", "#here", "picture.png", "a/b_c"]
)
def test_a_link_to_a_page_stays(chapter, mended, target):
    notebook = copy.deepcopy(chapter.solved)
    notebook["cells"][position(notebook, "reflection_why")]["source"] = f"see [x]({target})"
    assert sources(mended(notebook))["reflection_why"] == f"see [x]({target})"


def test_an_answer_that_was_merged_into_another_counts(chapter, mended):
    notebook = copy.deepcopy(chapter.solved)
    both = [answer_cell(notebook, name)["source"] for name in ("double", "total")]
    del notebook["cells"][position(notebook, "total")]
    answer_cell(notebook, "double")["source"] = "\n\n".join(both)
    result = mended(notebook)
    assert "def total" in sources(result)["double"] and "def total" not in sources(result)["total"]
    assert "what it asks for stands in cell" in told(result)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"my notebook", "damaged at line 1"),
        (b"PK\x03\x04 zip", "zip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
        (b"[1, 2]", "no notebook"),
        (b'{"cells": 3}', "no cells"),
        (b'{"cells": []}', "no cells"),
        (b'{"cells": [' * 100_000, "damaged"),
        (b'{"worksheets": 3}', "old format"),
        (b'{"cells": [{"cell_type": "code", "sou', "damaged at line 1"),
    ],
)
def test_a_file_that_is_no_notebook_is_a_clear_error(tmp_path, content, reason):
    path = tmp_path / "hand_in.ipynb"
    path.write_bytes(content)
    with pytest.raises(HandInError, match=reason):
        read_cells(path)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "hand_in.ipynb").symlink_to(tmp_path / "secret")
    with pytest.raises(HandInError, match="no regular file"):
        read_cells(tmp_path / "hand_in.ipynb")


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_FILE", 10)
    (tmp_path / "hand_in.ipynb").write_text("x" * 11)
    with pytest.raises(HandInError, match="Clear the outputs"):
        read_cells(tmp_path / "hand_in.ipynb")


def test_a_byte_order_mark_is_no_fault(chapter, tmp_path):
    (tmp_path / "hand_in.ipynb").write_text("\ufeff" + json.dumps(chapter.solved), encoding="utf-8")
    assert len(read_cells(tmp_path / "hand_in.ipynb")) == len(chapter.solved["cells"])


TAG = {"course": {"gallery": "own_picture", "title": "A picture of my own"}}


@pytest.mark.parametrize(
    ("metadata", "name", "source"),
    [
        (TAG, "pasted", "all_new = 3"),  # a copy: another id, but the tag came along
        ({"id": "figure_doubles"}, None, "all_new = 3"),  # Colab: its id is the cell's
        ({}, None, "print([double(number) for number in (1, 2, 3, 4, 5)])"),  # nothing is left but the text
    ],
    ids=["tag", "id", "text"],
)
def test_an_edited_gallery_cell_is_found_again(chapter, metadata, name, source):
    released = nbformat.reads(json.dumps(chapter.released), as_version=4).cells
    at = position(chapter.released, "figure_doubles")
    released[at].metadata = nbformat.from_dict(TAG)
    notebook = copy.deepcopy(chapter.solved)
    notebook["cells"][at] = {"cell_type": "code", "source": source, "metadata": metadata, "id": name, "outputs": [1]}
    handed = [reading._cell(cell) for cell in notebook["cells"]]
    assert match(released, handed).owned[at] == [at]
    assert handed[at].outputs == (1,)
