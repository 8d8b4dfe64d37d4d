"""The reference run: clean outputs or an error that names the cell; what it cost; nothing run twice."""

import sys

import nbformat
import pytest
from small_course import CHAPTER, edit, small_course

from course import CourseError
from course.execute import LONGEST_CELL, execute, key_of, read_runs
from course.paths import Paths

SETUP = "import matplotlib.pyplot as plt"
VISIBLE = "check_halve(halve, [4, 10])\n"
FIGURE_TAGS = (
    'figure="halves" alt="A straight line through the origin with slope one half" caption="Half of each number."'
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Paths:
    paths = small_course(tmp_path_factory.mktemp("executed"))
    seen = "print([sys.executable, os.environ['COURSE_PROFILE'], os.environ['CUDA_VISIBLE_DEVICES']])"
    edit(paths, SETUP, f"import os, sys\n{SETUP}\n{seen}")
    execute(paths)
    return paths


@pytest.fixture
def course(tmp_path) -> Paths:
    """The small course without its picture: its kernel is up in a second."""
    paths = small_course(tmp_path)
    edit(paths, SETUP, "import os, sys")
    edit(paths, "plt.plot([0, 10], [0, halve(10)])\nplt.show()", "print(halve(10))")
    return paths


def cells(paths: Paths) -> dict:
    return {cell.id: cell for cell in nbformat.read(paths.executed(CHAPTER), as_version=4).cells}


def test_the_run_keeps_the_solution_and_the_figure(executed):
    found = cells(executed)
    assert "quotient_of_number_and_two" in found["halve"].source
    assert "image/png" in found["figure_halves"].outputs[0].data


def test_the_run_leaves_no_cell_of_its_own_and_no_clock_in_the_notebook(executed):
    assert list(cells(executed)) == [cell.id for cell in nbformat.read(executed.source(CHAPTER), as_version=4).cells]
    assert not [cell.id for cell in cells(executed).values() if "execution" in cell.metadata]


def test_the_kernel_is_this_python_in_the_pocket_profile_without_a_gpu(executed):
    assert cells(executed)["setup"].outputs[0].text == f"{[sys.executable, 'pocket', '']}\n"


def test_time_and_peak_memory_are_written_down(executed):
    run = read_runs(executed)[CHAPTER]
    assert run.profile == "pocket" and 0.3 < run.seconds < 300 and 40 < run.peak_mb < 4000


def test_one_failing_chapter_costs_the_others_nothing(course):
    other = "02_halves_again"
    text = course.solution(CHAPTER).read_text(encoding="utf-8")
    course.solution(other).write_text(text.replace("# 1. ", "# 2. "), encoding="utf-8")
    toc = course.root / "_toc.yml"
    chapter = f"  - file: notebooks/{CHAPTER}\n"
    toc.write_text(toc.read_text().replace(chapter, chapter + chapter.replace(CHAPTER, other)), encoding="utf-8")
    edit(course, "print(halve(10))", "print(halve([]))")
    with pytest.raises(CourseError, match="TypeError: unsupported operand"):
        execute(course, jobs=2)
    assert list(read_runs(course)) == [other] and course.executed(other).is_file()


def test_runs_of_an_older_form_are_forgotten(executed):
    text = executed.timings.read_text(encoding="utf-8")
    executed.timings.write_text(text.replace('"cores"', '"threads"'), encoding="utf-8")
    assert read_runs(executed) == {}
    executed.timings.write_text(text, encoding="utf-8")


def test_an_unchanged_chapter_is_not_run_again(executed, capsys):
    before = executed.executed(CHAPTER).stat().st_mtime_ns
    execute(executed)
    assert executed.executed(CHAPTER).stat().st_mtime_ns == before
    assert "unchanged since its last run" in capsys.readouterr().out


def test_a_changed_data_folder_is_a_change(executed, monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    keys = {key_of(executed, CHAPTER)}
    (tmp_path / "photos").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    keys.add(key_of(executed, CHAPTER))
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"1")
    keys.add(key_of(executed, CHAPTER))
    assert len(keys) == 3


def test_a_changed_chapter_is_run_again(course, capsys):
    execute(course)
    edit(course, "print(halve(10))", "print(halve(12))")
    execute(course)
    assert cells(course)["figure_halves"].outputs[0].text == "6.0\n"
    assert "unchanged" not in capsys.readouterr().out


def test_a_failing_cell_is_named_with_its_traceback(course):
    edit(course, "    quotient_of_number_and_two = number / 2", "    quotient_of_number_and_two = number / 0")
    with pytest.raises(CourseError, match=r"cell 6 \(check_halve\): ZeroDivisionError(.|\n)*number / 0"):
        execute(course)
    assert not course.executed(CHAPTER).exists()


def test_stderr_is_refused(course):
    edit(course, "print(halve(10))", "print('careful', file=sys.stderr)")
    with pytest.raises(CourseError, match=r"\(figure_halves\) writes to stderr: careful"):
        execute(course)


def test_a_test_cell_that_shows_a_value_is_refused(course):
    edit(course, "assert 2 *", "pass #")
    edit(course, "### END HIDDEN TESTS", "check_true = bool\ncheck_true(1)\n### END HIDDEN TESTS")
    with pytest.raises(CourseError, match=r"\(check_halve\) ends in a value"):
        execute(course)


def test_a_picture_without_alt_text_is_refused(tmp_path):
    paths = small_course(tmp_path)
    edit(paths, f"# %% {FIGURE_TAGS}", "# %%")
    with pytest.raises(CourseError, match="shows a picture without alt text"):
        execute(paths)


@pytest.mark.parametrize(("drawn", "count"), [("show_images(1)", None), ("show_images(2)", 2), ("show_images(0)", 0)])
def test_a_gallery_cell_shows_one_picture(tmp_path, drawn, count):
    paths = small_course(tmp_path)
    draw = "def show_images(count):\n    for _ in range(count):\n        plt.subplots()\n        plt.show()\n\n"
    edit(paths, f"# %% {FIGURE_TAGS}\nplt.plot([0, 10], [0, halve(10)])\nplt.show()",
         f'# %%\n{draw}# %% [markdown]\n# Draw.\n\n# %% gallery="own" title="My own"\n{drawn}')  # fmt: skip
    if count is None:
        execute(paths)
        return
    with pytest.raises(CourseError, match=rf"\(gallery_own\) shows {count} pictures; expected 1"):
        execute(paths)


def test_a_kernel_that_dies_is_told(course):
    edit(course, "print(halve(10))", "os._exit(1)")
    with pytest.raises(CourseError, match=rf"{CHAPTER}: .*(.|\n)*by hand"):
        execute(course)


def test_a_cell_that_hangs_is_told(course, monkeypatch):
    assert LONGEST_CELL >= 600
    monkeypatch.setattr("course.execute.LONGEST_CELL", 2)
    edit(course, "print(halve(10))", "import time; time.sleep(60)")
    with pytest.raises(CourseError, match="to see where it hangs"):
        execute(course)
