"""Recorded answers: what a file says, and what it must not say."""

import pytest

from course import CourseError
from course.answers import answers_of, named_mistake, read_answers, require_exercises
from course.paths import Paths

RIGHT = """\
# %% right="plain"
def double(x):
    y = x
    y = 2 * y

    return y

# %% right="sum"
def double(x):
    return x + x
"""


def test_a_right_answer_is_its_cell():
    found = read_answers(RIGHT, "double.py")
    assert found.right["sum"] == "def double(x):\n    return x + x\n" and found.wrong == {}
    assert found.right["plain"].endswith("    y = 2 * y\n\n    return y\n")


def test_a_wrong_answer_is_the_change_of_a_right_one():
    text = RIGHT + '\n# %% wrong="tripled" of="plain"\n# -     y = 2 * y\n# +     y = 3 * y\n'
    wrong = read_answers(text, "double.py").wrong["tripled"]
    assert wrong == "def double(x):\n    y = x\n    y = 3 * y\n\n    return y\n"


def test_several_changes_lines_that_stay_and_empty_lines():
    text = (
        RIGHT + '\n# %% wrong="odd" of="plain"\n# - def double(x):\n# + def double(x, /):\n\n'
        "#       y = x\n# +     y = y + 1\n\n# -\n#       return y\n# +     return z\n"
    )
    wrong = read_answers(text, "double.py").wrong["odd"]
    assert wrong == "def double(x, /):\n    y = x\n    y = y + 1\n    y = 2 * y\n    return y\n    return z\n"


def test_a_wrong_answer_may_stand_whole():
    text = RIGHT + '\n# %% wrong="constant__zero"\ndef double(x):\n    return 0\n'
    assert read_answers(text, "double.py").wrong == {"constant__zero": "def double(x):\n    return 0\n"}
    assert named_mistake("constant__zero") == "constant"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (
            '# %% wrong="a" of="plain"\n# -     y = 4 * y\n',
            r"double.py:12: the lines .* 0 times in 'plain'.*Copy",
        ),
        ('# %% wrong="a" of="sum"\n# +     x\n', r"stand 0 times in 'sum'; expected once"),
        ('# %% wrong="a" of="other"\n# -     y\n', "no right answer 'other' stands above; there are plain, sum"),
        ('# %% wrong="a" of="plain"\n    y = 3 * y\n', "expected lines that begin with `# -`"),
        ('# %% wrong="sum"\nx\n', "there is an answer 'sum' already"),
        ('# %% rihgt="a"\nx\n', r"double.py:12: `# %% rihgt=\"a\"` is no header. Write"),
        ('# %% right="a" of="sum"\nx\n', "is no header"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(added, reason):
    with pytest.raises(CourseError, match=reason.replace("\n", ".")):
        read_answers(f"{RIGHT}\n{added}", "double.py")


def test_a_change_that_fits_twice_asks_for_a_line_that_stays():
    text = RIGHT.replace("y = x", "y = 2 * y") + '\n# %% wrong="a" of="plain"\n# -     y = 2 * y\n# +     pass\n'
    with pytest.raises(CourseError, match="stand 2 times in 'plain'; expected once. Add a line that stays"):
        read_answers(text, "double.py")


def test_a_line_before_the_first_answer_is_refused():
    with pytest.raises(CourseError, match="double.py:1: a line before the first answer"):
        read_answers("import torch\n" + RIGHT, "double.py")


def test_a_missing_file_and_one_too_many_are_named(tmp_path):
    paths = Paths(tmp_path)
    with pytest.raises(CourseError, match="tests/answers/double.py is missing"):
        answers_of(paths, "double")
    paths.answers_folder.mkdir(parents=True)
    paths.answers("dubble").write_text(RIGHT)
    with pytest.raises(CourseError, match="no chapter has an exercise 'dubble'"):
        require_exercises(paths, ["double"])
    paths.answers("dubble").rename(paths.answers("double"))
    require_exercises(paths, ["double"])
    with pytest.raises(CourseError, match="tests/answers/triple.py is missing"):
        require_exercises(paths, ["double", "triple"])
