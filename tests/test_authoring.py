"""The rules of authoring fail closed: each mistake is refused by a message with file, cell and cure."""

import re

import pytest
from small_course import CHAPTER, edit, small_course

from course import CourseError
from course.authoring import read_chapter, to_notebook
from course.rules import require_rules
from course.rules.exercises import announced_size

SOLUTION = """\
    quotient_of_number_and_two = number / 2
    return quotient_of_number_and_two
"""
HIDDEN = "check_halve(halve, [0.5, -3, 1e6])\n"
VISIBLE = """\
def check_halve(function, numbers):
    for number in numbers:
        assert 2 * function(number) == number, f"halve({number}) should be {number / 2}"

"""
LAST_LINES = """\
# The slope is the factor by which the function multiplies, here one half.
# ### END SOLUTION
"""
SECOND_REFLECTION = """
# %% [markdown] reflection="slope" points=1
# ### BEGIN SOLUTION
# Twice.
# ### END SOLUTION
"""
LONG_ANSWER = "".join(f"    step_{number} = number\n" for number in range(16))

BEGIN, END, BEGIN_HIDDEN = "### BEGIN SOLUTION", "### END SOLUTION", "### BEGIN HIDDEN TESTS"
MISSPELT = [
    (BEGIN, "### BEGIN SOLUTON"),
    (BEGIN, "# BEGIN SOLUTION"),
    (BEGIN, "###BEGIN SOLUTION"),
    (BEGIN, "### Begin solution"),
    (BEGIN, "### BEGIN_SOLUTION"),
    (BEGIN, "### START SOLUTION"),
    (BEGIN, "### BEGIN SOLUTION: one jump"),
    (BEGIN, "pass  ### BEGIN SOLUTION"),
    (END, "### END SOLUTIONS"),
    (END, "### END SOLTUION"),
    (END, "### STOP SOLUTION"),
    (BEGIN_HIDDEN, "### BEGIN HIDDEN TEST"),
    (BEGIN_HIDDEN, "### BEGIN HIDDENTESTS"),
    (BEGIN_HIDDEN, "### BEGIN MARK SCHEME"),
]

# The mistake: what it replaces, by what, the cell that the message names, and what it says (what is wrong, the cure).
MISTAKES = {
    "end_marker_missing": ("    ### END SOLUTION\n", "", 4, "never closed", "needs one `### END SOLUTION`"),
    "begin_marker_missing": ("    ### BEGIN SOLUTION\n", "", 4, "closes a region", "needs one `### END SOLUTION`"),
    "marker_twice": (
        "    ### BEGIN SOLUTION\n",
        "    ### BEGIN SOLUTION\n" * 2,
        4,
        "inside the one opened",
        "needs one",
    ),
    "markers_of_both_missing": (
        "    ### BEGIN SOLUTION\n" + SOLUTION + "    ### END SOLUTION\n",
        SOLUTION,
        4,
        "0 regions",
        "to the letter",
    ),
    "region_empty": (SOLUTION, "", 4, "is empty", "Write the solution"),
    "markers_indented_oddly": ("    ### BEGIN SOLUTION", "  ### BEGIN SOLUTION", 4, "is no Python", "indentation"),
    "end_marker_indented_oddly": (
        "    ### END SOLUTION",
        "### END SOLUTION",
        4,
        "not indented like",
        "Indent both markers",
    ),
    "solution_outside_a_function": (
        'def halve(number):\n    """Return half of a number."""\n    ### BEGIN SOLUTION\n'
        + SOLUTION
        + "    ### END SOLUTION\n",
        "### BEGIN SOLUTION\nhalve = (0.5).__mul__\n### END SOLUTION\n",
        4,
        "does not lie inside a function",
        "body of a function",
    ),
    "whole_function_between_markers": (
        'def halve(number):\n    """Return half of a number."""\n    ### BEGIN SOLUTION\n'
        + SOLUTION
        + "    ### END SOLUTION\n",
        "### BEGIN SOLUTION\ndef halve(number):\n    return number / 2\n### END SOLUTION\n",
        4,
        "does not lie inside a function",
        "body of a function",
    ),
    "answer_too_long": (SOLUTION, LONG_ANSWER, 4, "has 16 lines", "Split the exercise"),
    "size_not_announced": (" (two lines)", "", 4, "announces no size", "(2 lines)"),
    "size_announced_too_small": ("(two lines)", "(one line)", 4, "announces 1 lines", "Correct the text"),
    "solution_in_untagged_cell": ('# %% exercise="halve"', "# %%", 4, "does not belong in this cell", "tag the cell"),
    "tag_misspelt": ('# %% exercise="halve"', '# %% excercise="halve"', 4, "unknown tag `excercise`", "`exercise`"),
    "tag_unknown": ("# %% setup=true", "# %% quux=true", 2, "unknown tag `quux`", "Known tags"),
    "tag_without_quotes": ('exercise="halve"', "exercise=halve", 4, "is not understood", 'name="text"'),
    "tag_on_markdown": ('# %% exercise="halve"', '# %% [markdown] exercise="halve"', 4, "a markdown cell", "code cell"),
    "cell_kind_misspelt": ("# %% [markdown] reflection", "# %% [markdwon] reflection", 7, "[markdwon]", "name="),
    "two_parts_in_one_cell": ('exercise="halve"', 'exercise="halve" setup=true', 4, "expected one of", "one part"),
    "name_with_blank": ('exercise="halve"', 'exercise="halve it"', 4, "is no name", "underscores"),
    "points_missing": (" points=2", "", 5, "lacks `points`", "points=..."),
    "points_not_a_number": ("points=2", 'points="two"', 5, "is no mark", "whole number"),
    "points_zero": ("points=2", "points=0", 5, "is no mark", "whole number"),
    "points_on_an_exercise": ('exercise="halve"', 'exercise="halve" points=2', 4, "does not go with", "Take it out"),
    "setup_false": ("setup=true", "setup=false", 2, "says nothing", "setup=true"),
    "setup_missing": ("# %% setup=true", "# %%", None, "0 set-up cells", "setup=true"),
    "setup_too_long": (
        "import matplotlib.pyplot as plt",
        "import matplotlib.pyplot as plt\n" * 7,
        2,
        "7 lines",
        "helpers",
    ),
    "hidden_tests_missing": (
        "### BEGIN HIDDEN TESTS\n" + HIDDEN + "### END HIDDEN TESTS\n",
        "",
        5,
        "0 regions `### BEGIN HIDDEN TESTS`",
        "to the letter",
    ),
    "hidden_tests_empty": (HIDDEN, "", 5, "is empty", "the tests"),
    "test_cell_ends_in_a_value": (HIDDEN, "halve(3) == 1.5\n", 5, "ends in the value `halve(3) == 1.5`", "an assert"),
    "visible_part_ends_in_a_value": (
        "check_halve(halve, [4, 10])",
        "halve(4)",
        5,
        "ends in the value `halve(4)`",
        "assert",
    ),
    "check_without_exercise": ('check="halve"', 'check="half"', 5, "has no exercise", "Tag the solution cell"),
    "exercise_without_check": ('exercise="halve"', 'exercise="half"', 4, "has no check", "points=..."),
    "figure_without_alt": (
        ' alt="A straight line through the origin with slope one half"',
        "",
        6,
        "lacks `alt`",
        "alt=",
    ),
    "figure_with_empty_alt": (
        'alt="A straight line through the origin with slope one half"',
        'alt=""',
        6,
        "nothing",
        "see",
    ),
    "caption_with_one_backslash": (
        "Half of each number.",
        r"Half of each $\beta$.",
        6,
        "control character",
        r"`\\beta`",
    ),
    "figure_without_caption": (' caption="Half of each number."', "", 6, "lacks `caption`", "caption="),
    "picture_in_text_without_alt": (
        "Write `halve(number)`",
        "![](x.png) Write `halve(number)`",
        3,
        "no alt text",
        "what it",
    ),
    "code_that_is_no_python": ("plt.show()", "plt.show(", 6, "is no Python", "Mend the code"),
    "magic": ("import matplotlib.pyplot as plt", "# %matplotlib inline", 2, "is no Python", "Mend the code"),
    "raw_cell": ("# %% [markdown]\n# # A small", "# %% [raw]\n# # A small", 1, "raw cells", "[markdown]"),
}
# These take two replacements.
LONGER_MISTAKES = {
    "nothing_visible_in_check": (
        [(VISIBLE, ""), ("check_halve(halve, [4, 10])\n", "")],
        5,
        "no visible part",
        "Call the check",
    ),
    "duplicate_grade_id": (
        [("# What does the slope", "# What, again, does the slope"), (LAST_LINES, LAST_LINES + SECOND_REFLECTION)],
        7,
        "is used 2 times",
        "Rename one",
    ),
}
CASES = {name: ([(old, new)], *rest) for name, (old, new, *rest) in MISTAKES.items()} | LONGER_MISTAKES

PLOT = "plt.plot([0, 10]"


@pytest.mark.parametrize("mistake", CASES)
def test_a_mistake_is_refused_with_file_cell_and_cure(mistake, tmp_path):
    paths = small_course(tmp_path)
    edits, cell, what, cure = CASES[mistake]
    for old, new in edits:
        edit(paths, old, new)
    with pytest.raises(CourseError) as refusal:
        require_rules(read_chapter(paths.solution(CHAPTER)))
    lines = [line for line in str(refusal.value).splitlines() if what in line]
    assert lines, f"no message says {what!r}:\n{refusal.value}"
    place = rf"solutions/{CHAPTER}\.py:\d+, cell {cell} \(" if cell else rf"solutions/{CHAPTER}\.py: "
    assert re.match(place, lines[0]) and cure in lines[0], lines[0]


@pytest.mark.parametrize(("marker", "misspelt"), MISSPELT)
def test_a_misspelt_marker_is_refused(marker, misspelt, tmp_path):
    paths = small_course(tmp_path)
    edit(paths, marker, misspelt)
    with pytest.raises(CourseError, match=rf"`{re.escape(misspelt)}` resembles a marker\. Write `.*` to the letter"):
        require_rules(read_chapter(paths.solution(CHAPTER)))


@pytest.mark.parametrize(
    "header", ["#%% [markdown]", "# %%%", "## %% [markdown]", "# % [markdown]", "# [markdown]", "# %%time"]
)
def test_a_line_that_is_nearly_a_header_is_refused_with_its_number(header, tmp_path):
    paths = small_course(tmp_path)
    edit(paths, "# %% [markdown]\n# # A small chapter", f"{header}\n# # A small chapter")
    with pytest.raises(CourseError, match=rf"{CHAPTER}\.py:\d+: `.*` looks like a cell header"):
        read_chapter(paths.solution(CHAPTER))


def test_text_before_the_first_cell_is_refused(tmp_path):
    paths = small_course(tmp_path)
    edit(paths, "# %% [markdown]\n# # A small chapter", "lost = 1\n\n# %% [markdown]\n# # A small chapter")
    with pytest.raises(CourseError, match="own header"):
        read_chapter(paths.solution(CHAPTER))


@pytest.mark.parametrize("edit_of", [("# ---\n# title", "# title"), ("# title: A small chapter\n", "")])
def test_front_matter_without_title_is_refused(edit_of, tmp_path):
    paths = small_course(tmp_path)
    edit(paths, *edit_of)
    with pytest.raises(CourseError, match="# title: "):
        read_chapter(paths.solution(CHAPTER))


@pytest.mark.parametrize(
    ("old", "new", "what", "cure"),
    [
        ("halve(10)])", "halves(10)])", "`halves` is defined nowhere that a student has it", "mend its spelling"),
        ("2 * function(number)", "2 * functoin(number)", "`functoin` is defined nowhere", "mend its spelling"),
        (
            PLOT,
            f"from helpers.plotting import no_such\n{PLOT}",
            "`helpers.plotting.no_such` does not exist",
            "Mend",
        ),
        (PLOT, f"from helpers import ploting\n{PLOT}", "`helpers.ploting` does not exist", "Mend the import"),
        (PLOT, f"import helpers.ploting\n{PLOT}", "`helpers.ploting` does not exist", "Mend the import"),
        (PLOT, f"from helpers import plotting\nplotting.sow(1)\n{PLOT}", "`helpers.plotting` has no `sow`", "spelling"),
    ],
)
def test_a_name_that_a_student_has_not_is_refused_with_its_cell(old, new, what, cure, tmp_path):
    paths = small_course(tmp_path)
    edit(paths, old, new)
    with pytest.raises(CourseError) as refusal:
        require_rules(read_chapter(paths.solution(CHAPTER)))
    (line,) = str(refusal.value).splitlines()
    assert re.match(rf"solutions/{CHAPTER}\.py:\d+, cell \d \(# %% ", line) and what in line and cure in line


def test_a_name_of_the_solution_alone_is_defined_nowhere_for_a_student(tmp_path):
    paths = small_course(tmp_path)
    edit(paths, "plt.show()", "plt.show()\nquotient_of_number_and_two")
    with pytest.raises(CourseError, match="`quotient_of_number_and_two` is defined nowhere"):
        require_rules(read_chapter(paths.solution(CHAPTER)))


def test_all_problems_of_a_chapter_are_told_at_once(tmp_path):
    paths = small_course(tmp_path)
    edit(paths, "points=2", "points=0")
    edit(paths, ' caption="Half of each number."', "")
    with pytest.raises(CourseError, match=r"is no mark(.|\n)*lacks `caption`"):
        require_rules(read_chapter(paths.solution(CHAPTER)))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("(three lines)", 3),
        ("Write it (about 12 lines).", 12),
        ("in one line", 1),
        ("the lines above", None),
        ("", None),
    ],
)
def test_announced_size_is_read(text, size):
    assert announced_size(text) == size


@pytest.mark.parametrize(
    "sentence", ["# the solution begins with a copy", "# hidden layers are tested below", "## Solutions"]
)
def test_a_sentence_about_solutions_is_no_near_miss(sentence, tmp_path):
    paths = small_course(tmp_path)
    edit(paths, "# The smallest chapter", f"# {sentence}\n# The smallest chapter")
    require_rules(read_chapter(paths.solution(CHAPTER)))


def test_tags_become_nbgrader_metadata(tmp_path):
    notebook = to_notebook(read_chapter(small_course(tmp_path).solution(CHAPTER)), "pass")
    graded = {cell.id: cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata}
    told = {name: (data.grade, data.solution, data.locked, data.get("points")) for name, data in graded.items()}
    assert told == {
        "halve": (False, True, False, None),
        "check_halve": (True, False, True, 2),
        "reflection_slope": (True, True, False, 3),
    }


def test_nbgrader_accepts_the_metadata(tmp_path):
    from nbgrader.nbgraderformat import MetadataValidator

    MetadataValidator().validate_nb(to_notebook(read_chapter(small_course(tmp_path).solution(CHAPTER)), "pass"))


def test_a_cell_put_in_between_changes_no_other_id(tmp_path):
    paths = small_course(tmp_path)
    before = [cell.id for cell in to_notebook(read_chapter(paths.solution(CHAPTER)), "pass").cells]
    edit(paths, "# %% setup=true", "# %% [markdown]\n# One more.\n\n# %% setup=true")
    after = [cell.id for cell in to_notebook(read_chapter(paths.solution(CHAPTER)), "pass").cells]
    assert [name for name in after if name in before] == before and len(after) == len(before) + 1


def test_the_install_cell_comes_right_before_the_setup_cell(tmp_path):
    notebook = to_notebook(read_chapter(small_course(tmp_path).solution(CHAPTER)), "pass")
    code = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    assert code[:2] == ["install", "setup"]


GALLERY = """\
# %% [markdown]
# Draw something of your own.

# %% gallery="own_picture" title="A picture of my own"
from helpers.plotting import show_images

picture = halve(1)
show_images([picture])

"""
BEFORE_REFLECTION = '# %% [markdown] reflection="slope"'


def with_gallery(tmp_path, gallery: str):
    """Return the small chapter with this text before its last cell."""
    paths = small_course(tmp_path)
    edit(paths, BEFORE_REFLECTION, gallery + BEFORE_REFLECTION)
    return read_chapter(paths.solution(CHAPTER))


def test_a_gallery_cell_is_an_ordinary_cell_that_can_be_found_again(tmp_path):
    chapter = with_gallery(tmp_path, GALLERY)
    require_rules(chapter)
    cell = next(cell for cell in to_notebook(chapter, "pass").cells if cell.id == "gallery_own_picture")
    assert cell.metadata == {"course": {"gallery": "own_picture", "title": "A picture of my own"}}


@pytest.mark.parametrize(
    ("old", "new", "what", "cure"),
    [
        (' title="A picture of my own"', "", "lacks `title`", "title=..."),
        ('title="A picture of my own"', 'title="Picture"', "describes nothing", "Write in `title`"),
        ("own_picture", "Own picture", "is no name", "underscores"),
        ("own_picture", "OwnPicture", "is no name", "underscores"),
        ('"own_picture"', "own_picture", "is not understood", 'name="text"'),
        ('gallery="own', 'galery="own', "`A picture of my own` in the header is not understood", 'name="text"'),
        ("# %% gallery", "# %% Mine gallery", "`Mine` in the header is not understood", 'name="text"'),
        ("title=", "points=2 title=", "`points` does not go with `gallery`", "Take it out"),
        ("gallery=", 'figure="mine" gallery=', "figure and gallery in one header", "one part"),
        ("# %% gallery", "# %% [markdown] gallery", "stands on a markdown cell", "code cell"),
        ("# %% [markdown]\n# Draw something of your own.\n\n", "", "no text before it asks", "markdown cell"),
        ("show_images([picture])", "print(picture)", "calls show_images 0 times", "one call"),
        ("show_images([picture])", "show_images([a])\nshow_images([b])", "calls show_images 2 times", "one call"),
        (GALLERY, GALLERY + GALLERY.replace("own_picture", "other"), "a second gallery cell", "one picture"),
    ],
)
def test_a_wrong_gallery_cell_is_refused_with_the_cure(old, new, what, cure, tmp_path):
    assert old in GALLERY
    with pytest.raises(CourseError) as refusal:
        require_rules(with_gallery(tmp_path, GALLERY.replace(old, new)))
    lines = [line for line in str(refusal.value).splitlines() if what in line]
    assert lines and cure in lines[0], refusal.value
