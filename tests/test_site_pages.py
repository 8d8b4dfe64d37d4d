"""From two notebooks to a page: boxes, outputs, pictures, what is refused, and formulas."""

import base64
import io

import nbformat
import pytest
import site_sample
from math_core import LatexError
from PIL import Image

from course import CourseError
from course.execute import Run
from course.website import callouts, outputs
from course.website.finished import foreign_resources
from course.website.mathml import to_mathml
from course.website.pages import Sources, chapter_cards, chapter_page, cost_table
from course.website.pictures import join_pictures
from course.website.site import colab_address, stage_site


def sources(**changed) -> Sources:
    parts = {
        "chapter": site_sample.CHAPTER,
        "released": site_sample.released(),
        "executed": site_sample.executed(),
        "colab": "https://colab.research.google.com/x",
        "bibliography": site_sample.BIBLIOGRAPHY,
    }
    return Sources(**(parts | changed))


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def png(width: int, height: int) -> nbformat.NotebookNode:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, format="PNG")
    return nbformat.v4.new_output("display_data", {"image/png": base64.b64encode(buffer.getvalue()).decode()})


def stream(text: str, name: str = "stdout") -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


# --- boxes


@pytest.mark.parametrize(
    ("quotation", "title", "css"),
    [
        ("> **Exercise 2.1.** Write `forward`.", "Exercise 2.1", "course-exercise"),
        ("> **Look again.** Why?", "Look again", "course-look-again"),
        ("> **Rubric** (4 points). One each.", "Rubric (4 points)", "course-rubric"),
    ],
)
def test_a_labelled_quotation_becomes_a_box(quotation, title, css):
    assert f"{{admonition}} {title}\n:class: {css}\n" in callouts.to_page(quotation)


def test_a_box_keeps_the_list_inside_its_quotation():
    assert "After\n\n- one\n- two\n::::::" in callouts.to_page("> **Goals.** After\n>\n> - one\n> - two")


@pytest.mark.parametrize(
    "markdown",
    ["> To be or not to be.", "> **Bold** words.", "```\n> **Note.** no box\n```", "Text > **Note.** text"],
)
def test_other_text_stays_as_it_is(markdown):
    assert callouts.to_page(markdown) == markdown


@pytest.mark.parametrize("title", ["# 2. The forward process", "# 2 The forward process", "# The forward process"])
def test_the_bar_comes_under_the_title_without_its_number(title):
    assert callouts.with_bar(f"{title}\n\nText.", "BAR") == "# The forward process\n\nBAR\n\n\nText."


def test_a_written_answer_gets_a_field():
    assert "{div} your-answer" in callouts.to_page("What do you see?\n\nYOUR ANSWER HERE")


# --- outputs


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("a\nb\n", "a\nb\n"),
        ("step 1\rstep 2\n", "step 2\n"),
        ("  0%|   | 0/3 [00:00<?]\r100%|###| 3/3 [00:01<00:00]\ndone\n", "done\n"),
        ("one\n\ntwo\n", "one\n\ntwo\n"),
    ],
)
def test_printed_text_is_what_stays_on_the_screen(printed, shown):
    assert outputs.shown([stream(printed)])[0].text == shown


@pytest.mark.parametrize(
    "output",
    [
        stream("a warning\n", "stderr"),
        stream("100%|###| 3/3 [00:01<00:00]\n"),
        nbformat.v4.new_output("execute_result", {"text/plain": "<Figure size 640x480 with 1 Axes>"}),
        nbformat.v4.new_output("display_data", {outputs.WIDGET: {"model_id": "1"}, "text/plain": "VBox()"}),
    ],
)
def test_what_a_page_cannot_use_is_left_out(output):
    assert outputs.shown([output]) == []


def test_a_widget_shows_its_still_picture_only():
    assert outputs.shown([stream("text\n"), png(4, 4)], only_pictures=True) == [png(4, 4)]


def test_a_check_says_each_thing_once_in_however_many_pieces_it_was_printed():
    pieces = outputs.shown([stream("right\n"), stream("slow\n", "stderr"), stream("right\nalso "), stream("right\n")])
    assert [output.text for output in outputs.without_repeats(pieces)] == ["right\nalso right\n"]


def test_columns_are_told_from_prose():
    assert outputs.has_columns(stream("t = 1   beta = 2\n"))
    assert not outputs.has_columns(stream("  a line, indented.\n"))


def test_the_pictures_of_one_cell_become_one_figure():
    text, joined = join_pictures([png(30, 10), stream("between\n"), png(20, 10)])
    picture = Image.open(io.BytesIO(base64.b64decode(joined.data["image/png"])))
    assert text.text == "between\n"
    assert picture.size == (30, 10 + 12 + 10)
    assert picture.getpixel((25, 25)) == (255, 255, 255), "the narrower picture is filled up with white"


# --- pages


def test_a_page_has_the_students_code_and_the_reference_runs_outputs():
    page = chapter_page(sources())
    assert "NotImplementedError" in cell(page, "forward").source
    assert "forward: right" in cell(page, "check_forward").outputs[0].text
    assert any(outputs.has_picture(output) for output in cell(page, "figure_noisy").outputs)


def test_no_page_shows_a_hidden_test():
    for solutions in (False, True):
        assert "seed=1" not in nbformat.writes(chapter_page(sources(solutions=solutions)))


def test_solutions_are_shown_where_the_course_wants_that():
    page = chapter_page(sources(solutions=True))
    assert "alphas_cumprod[t].sqrt() * im" in cell(page, "forward").source
    assert "The large shapes stay." in cell(page, "reflection_steps").source
    assert "### BEGIN" not in nbformat.writes(page)


def test_a_figure_has_its_alt_text_and_caption():
    shown = cell(chapter_page(sources()), "figure_noisy").metadata["mystnb"]
    assert shown["image"]["alt"] == "Three pictures with more and more noise."
    assert shown["figure"]["caption"].startswith("More noise")


@pytest.mark.parametrize(
    ("tags", "alt"), [({}, "A picture of my own"), ({"alt": "Two noisy discs."}, "Two noisy discs.")]
)
def test_a_gallery_cell_is_a_figure_under_its_title(tags, alt):
    released = site_sample.released()
    cell(released, "figure_noisy").metadata["course"] = {"gallery": "own", "title": "A picture of my own"} | tags
    shown = cell(chapter_page(sources(released=released)), "figure_noisy").metadata["mystnb"]
    assert shown["image"]["alt"] == alt and shown["figure"]["caption"] == "A picture of my own"


def test_the_install_cell_and_a_panels_code_are_folded():
    page = chapter_page(sources())
    folded = [cell.id for cell in page.cells if "hide-input" in cell.metadata.get("tags", [])]
    assert folded == ["install", "panel"]


def test_the_bar_has_colab_the_notebook_and_the_times():
    bar = chapter_page(sources()).cells[0].source
    assert "(https://colab.research.google.com/x)" in bar
    assert "<released/02_forward_process.ipynb>" in bar
    assert "[2 minutes on a T4, 5 minutes on two CPU cores]{.bar-time}" in bar


RUN = Run(site_sample.CHAPTER, "pocket", 2, 19.6, 1394, "key")


def test_the_memory_that_the_run_measured_is_shown():
    assert "5 minutes on two CPU cores, 1.4 GB of memory]" in chapter_page(sources(run=RUN)).cells[0].source


def test_the_table_of_costs_has_what_is_stated_and_what_was_measured():
    row = cost_table([sources(run=RUN)]).splitlines()[-1]
    assert row == "| The forward process | 2 minutes | 5 minutes | 20 s on 2 cores | 1.4 GB |"


def test_cards_name_the_chapters_in_order():
    cards = chapter_cards([("02_forward_process", site_sample.released())])
    assert "[1]{.number} The forward process\n:link: /notebooks/02_forward_process" in cards


def broken(change) -> str:
    """Return the message that a page of a changed reference run is refused with."""
    executed = site_sample.executed()
    released = site_sample.released()
    change(executed, released)
    with pytest.raises(CourseError) as error:
        chapter_page(sources(executed=executed, released=released))
    return str(error.value)


def test_a_run_without_a_released_cell_is_refused():
    message = broken(lambda executed, _: executed.cells.pop())
    assert "build/executed/02_forward_process.ipynb is older" in message
    assert "'panel' is not in it" in message
    assert "course execute" in message


def test_a_run_of_an_older_text_is_refused():
    def change(executed, _):
        cell(executed, "setup").source = "stage_1 = None"

    assert "'setup' has another text there" in broken(change)


def test_a_picture_without_alt_text_is_refused():
    def change(_, released):
        cell(released, "figure_noisy").metadata["course"] = {}

    assert "'figure_noisy': it draws a picture without alt text" in broken(change)


def test_a_figure_that_drew_nothing_is_refused():
    def change(executed, _):
        cell(executed, "figure_noisy").outputs = []

    assert "tagged 'figure', but the reference run drew no picture" in broken(change)


def test_a_failed_run_is_refused():
    def change(executed, _):
        cell(executed, "setup").outputs = [nbformat.v4.new_output("error", ename="OSError", evalue="no", traceback=[])]

    assert "the reference run failed with OSError: no" in broken(change)


def test_a_chapter_without_a_title_is_refused():
    def change(executed, released):
        for notebook in (executed, released):
            cell(notebook, "opening").source = "Once upon a time"

    assert "begins with 'Once upon a time'" in broken(change)


# --- the stage


@pytest.fixture
def course(tmp_path):
    return site_sample.sample_course(tmp_path)


def test_the_repositorys_address_is_read_from_the_configuration(course):
    text = course.config.read_text(encoding="utf-8")
    course.config.write_text(text.replace("from-noise/from-noise", "someone/else"), encoding="utf-8")
    address = "https://colab.research.google.com/github/someone/else/blob/main/notebooks/02_forward_process.ipynb"
    assert colab_address(course.root, site_sample.CHAPTER) == address
    stage_site(course, course.build / "site")
    assert "https://github.com/someone/else/issues" in (course.build / "site/book/errata.md").read_text("utf-8")


def test_a_page_that_quotes_what_nothing_sets_is_refused(course):
    (course.root / "book/errata.md").write_text("# Errata\n\n{{ speling }}\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"book/errata.md quotes {{ speling }}, which nothing sets. Known are: chap"):
        stage_site(course, course.build / "site")


@pytest.mark.parametrize(("missing", "command"), [("notebook", "build"), ("executed", "execute")])
def test_a_missing_notebook_is_refused_with_the_command_that_makes_it(course, missing, command):
    getattr(course, missing)(site_sample.CHAPTER).unlink()
    with pytest.raises(CourseError, match=rf"was not found. Run `course {command}` first"):
        stage_site(course, course.build / "site")


# --- formulas


def test_a_formula_becomes_mathml_that_keeps_its_latex():
    mathml = to_mathml(r"\hat x_0 < 1", display=True)
    assert mathml.startswith(r'<math alttext="\hat x_0 &lt; 1" display="block">')


def test_an_unknown_command_is_refused():
    with pytest.raises(LatexError, match="foo"):
        to_mathml(r"\foo x", display=False)


def test_a_prime_is_no_superscript():
    assert "<mrow><mi>t</mi><mo>′</mo></mrow>" in to_mathml("x_{t'}", display=False)


def test_broken_lines_stand_below_each_other():
    assert to_mathml(r"a \\ b", display=True).count("<mtr>") == 2


# --- the finished site


@pytest.mark.parametrize(
    "fetch",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<script src="//cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example.org/x.css">',
        '<link rel="preload" href="https://cdn.example.org/x.woff2">',
        '<img alt="x" src="https://cdn.example.org/x.png">',
        '<iframe src="https://cdn.example.org/"></iframe>',
        '<style>@import "https://cdn.example.org/x.css";</style>',
        '<div style="background: url(https://cdn.example.org/x.png)"></div>',
        '<svg><image xlink:href="https://cdn.example.org/x.png"/></svg>',
    ],
)
def test_whatever_a_page_fetches_elsewhere_is_found(tmp_path, fetch):
    (tmp_path / "page.html").write_text(f"<html><body>{fetch}</body></html>", encoding="utf-8")
    assert len(foreign_resources(tmp_path)) == 1
    assert foreign_resources(tmp_path)[0].startswith("page.html fetches ")


def test_whatever_a_style_fetches_elsewhere_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('https://fonts.example.org/x.woff2') }", encoding="utf-8")
    assert foreign_resources(tmp_path) == [
        "a.css fetches https://fonts.example.org/x.woff2. Put the file into book/_static, or take it out."
    ]


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://arxiv.org/abs/2006.11239">paper</a>',
        '<link rel="canonical" href="https://from.example.org/">',
        '<img alt="x" src="_images/x.png"><script src="_static/x.js"></script>',
        '<img alt="x" src="data:image/png;base64,AAAA">',
    ],
)
def test_links_and_files_of_the_site_are_no_finding(tmp_path, harmless):
    (tmp_path / "page.html").write_text(harmless, encoding="utf-8")
    assert foreign_resources(tmp_path) == []
