"""From a source to the students' notebook: nothing leaks, nothing varies, everything generated is proved."""

import subprocess

import nbformat
import pytest
import tomllib
from small_course import CHAPTER, edit, small_course

from course import CourseError
from course.authoring import read_chapter
from course.build import build, check, require_no_leak, secret_lines
from course.paths import ROOT, Paths
from course.publish import publish, require_clean

STUB = 'raise NotImplementedError("write your answer here, then run the check below")'


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Paths:
    paths = small_course(tmp_path_factory.mktemp("built"))
    build(paths)
    return paths


@pytest.fixture
def course(tmp_path) -> Paths:
    return small_course(tmp_path)


def released(paths: Paths) -> dict[str, str]:
    return {cell.id: cell.source for cell in nbformat.read(paths.notebook(CHAPTER), as_version=4).cells}


def test_the_released_exercise_holds_the_stub_in_place_of_the_solution(built):
    assert released(built)["halve"] == f'def halve(number):\n    """Return half of a number."""\n    {STUB}'


def test_the_released_check_keeps_its_visible_part_only(built):
    assert released(built)["check_halve"].endswith("check_halve(halve, [4, 10])")


def test_the_released_reflection_asks_for_an_answer(built):
    assert released(built)["reflection_slope"] == "What does the slope of the line say?\n\nYOUR ANSWER HERE"


def test_no_solution_and_no_hidden_line_is_in_the_released_notebook(built):
    text = built.notebook(CHAPTER).read_text(encoding="utf-8")
    assert "quotient" not in text and "1e6" not in text and "factor" not in text


def test_every_region_gives_lines_to_look_for(built):
    parts = {part for part, _, _ in secret_lines(read_chapter(built.solution(CHAPTER)))}
    assert parts == {"exercise", "check", "reflection"}


def test_cells_have_the_same_ids_in_every_form(built):
    forms = [built.source(CHAPTER), built.release(CHAPTER), built.notebook(CHAPTER)]
    ids = [[cell.id for cell in nbformat.read(path, as_version=4).cells] for path in forms]
    assert ids[0] == ids[1] == ids[2]


def test_two_builds_in_two_places_are_equal_to_the_byte(built, tmp_path):
    build(built, Paths(tmp_path))
    assert Paths(tmp_path).notebook(CHAPTER).read_bytes() == built.notebook(CHAPTER).read_bytes()
    assert Paths(tmp_path).source(CHAPTER).read_bytes() == built.source(CHAPTER).read_bytes()


def test_the_notebook_ends_in_one_newline_and_names_no_machine(built):
    text = built.notebook(CHAPTER).read_text(encoding="utf-8")
    assert text.endswith("}\n") and str(built.root) not in text


def test_building_again_leaves_the_files_untouched(built):
    before = built.notebook(CHAPTER).stat().st_mtime_ns
    build(built)
    assert built.notebook(CHAPTER).stat().st_mtime_ns == before


def test_a_solution_line_shown_elsewhere_is_a_leak(course):
    edit(course, "# The smallest chapter", "# `return quotient_of_number_and_two`\n# The smallest chapter")
    with pytest.raises(CourseError, match=r"cell 4: the line `return quotient_of_number_and_two` is to be hidden"):
        build(course)
    assert not course.notebook(CHAPTER).exists()


def test_a_hidden_test_shown_elsewhere_is_a_leak(course):
    edit(course, "plt.show()", "plt.show()\ncheck_halve(halve, [0.5, -3, 1e6])")
    with pytest.raises(CourseError, match=r"cell 5: the line `check_halve\(halve, \[0.5, -3, 1e6\]\)` is to be hidden"):
        build(course)


def test_a_leak_in_metadata_and_in_another_chapter_is_found(built):
    notebook = nbformat.v4.new_notebook(metadata={"note": "the answer: quotient_of_number_and_two = number / 2"})
    with pytest.raises(CourseError, match=r"notebooks/02_other\.ipynb too"):
        require_no_leak(read_chapter(built.solution(CHAPTER)), {"02_other": notebook})


def test_delimiters_that_differ_from_the_markers_are_found_in_the_product(course):
    with course.nbgrader_config.open("a") as config:
        config.write('\nc.ClearSolutions.begin_solution_delimeter = "BEGIN ANSWER"\n')
    with pytest.raises(CourseError, match="did not strip it as its markers say"):
        build(course)


def test_what_nbgrader_says_is_told_when_it_fails(course):
    with course.nbgrader_config.open("a") as config:
        config.write('\nc.ClearSolutions.code_stub = {"R": "stop()"}\n')
    with pytest.raises(CourseError, match=r"could not release 01_small_chapter(.|\n)*has not been specified"):
        build(course)


def test_a_missing_nbgrader_config_is_an_error(course):
    course.nbgrader_config.unlink()
    with pytest.raises(CourseError, match=r"nbgrader_config\.py is missing"):
        build(course)


def test_build_says_nothing(course, capfd):
    build(course)
    assert capfd.readouterr() == ("", "")


def test_check_accepts_what_build_made(built):
    check(built)


def test_check_names_an_edited_notebook_and_the_command(course):
    build(course)
    notebook = course.notebook(CHAPTER)
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("slope", "SLOPE"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"notebooks/01_small_chapter\.ipynb differs .* `course build`"):
        check(course)


def test_check_names_a_missing_notebook_and_an_orphan(course):
    build(course)
    course.notebook(CHAPTER).rename(course.notebooks / "07_gone.ipynb")
    with pytest.raises(
        CourseError, match=r"01_small_chapter\.ipynb is missing(.|\n)*07_gone\.ipynb comes from no source"
    ):
        check(course)


def test_check_writes_nothing_into_the_checkout(course):
    with pytest.raises(CourseError, match="is missing"):
        check(course)
    assert not course.build.exists() and not course.notebooks.exists()


def test_a_chapter_that_toc_does_not_list_is_an_error(course):
    course.solution(CHAPTER).rename(course.solution("02_other"))
    with pytest.raises(CourseError, match=r"solutions/01_small_chapter\.py does not exist"):
        build(course)


def test_a_source_outside_toc_is_an_error(course):
    course.solution("02_other").write_text("", encoding="utf-8")
    with pytest.raises(CourseError, match=r"- file: notebooks/02_other"):
        build(course)


def commit(paths: Paths) -> None:
    for name in ("LICENSE", "CHANGELOG.md"):
        (paths.root / name).write_text("text\n")
    (paths.root / "pyproject.toml").write_text(
        '[project]\nname = "x"\n\n[project.scripts]\ncourse = "course.cli:app"\n'
    )
    (paths.root / ".gitignore").write_text("build/\n")
    for folder in ("helpers", "course", "tests"):
        (paths.root / folder).mkdir()
        (paths.root / folder / "module.py").write_text("quotient_of_number_and_two = 1\n")
    git = ["git", "-C", str(paths.root), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "all"], check=True)


@pytest.fixture
def committed(course) -> Paths:
    build(course)
    commit(course)
    return course


def test_the_student_repository_holds_what_students_need_and_nothing_else(committed, tmp_path):
    made = [str(path.relative_to(tmp_path / "out")) for path in publish(committed, tmp_path / "out")]
    assert made == sorted(
        ["CHANGELOG.md", "LICENSE", "README.md", "helpers/module.py", f"notebooks/{CHAPTER}.ipynb", "pyproject.toml"]
    )


def test_the_student_repository_contains_no_hidden_line(committed, tmp_path):
    publish(committed, tmp_path / "out")
    text = "\n".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert not [line for _, _, line in secret_lines(read_chapter(committed.solution(CHAPTER))) if line in text]


def test_the_student_repository_installs_what_the_notebooks_import_and_nothing_else(committed, tmp_path):
    publish(committed, tmp_path / "out")
    published = (tmp_path / "out" / "pyproject.toml").read_bytes()
    assert published == (committed.root / "pyproject.toml").read_bytes()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "scripts" not in project["project"] and project["project"]["optional-dependencies"]["app"]
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == ["helpers*"]


def test_the_student_repositorys_readme_opens_the_chapters_in_colab(committed, tmp_path):
    publish(committed, tmp_path / "out")
    address = f"https://colab.research.google.com/github/someone/small-course/blob/main/notebooks/{CHAPTER}.ipynb"
    assert address in (tmp_path / "out" / "README.md").read_text()


def test_publishing_refuses_an_existing_target(committed, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(CourseError, match="exists; expected a folder to make"):
        publish(committed, tmp_path / "out")


def test_publishing_refuses_a_checkout_with_changes(committed, tmp_path):
    (committed.root / "LICENSE").write_text("changed\n")
    with pytest.raises(CourseError, match=r"has changes(.|\n)*LICENSE"):
        publish(committed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_publishing_refuses_notebooks_that_differ_from_a_rebuild(course, tmp_path):
    build(course)
    edit(course, "A small chapter", "A tiny chapter")
    commit(course)
    with pytest.raises(CourseError, match="differs from a rebuild"):
        publish(course, tmp_path / "out")


def test_publishing_refuses_and_takes_away_a_product_that_leaks(course, tmp_path):
    build(course)
    (course.notebooks / "data.txt").write_text("check_halve(halve, [0.5, -3, 1e6])")
    commit(course)
    with pytest.raises(CourseError, match=r"notebooks/data\.txt contains `check_halve"):
        publish(course, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_publishing_from_no_git_checkout_is_an_error(course, tmp_path):
    with pytest.raises(CourseError, match="from a git checkout"):
        publish(course, tmp_path / "out")


def test_a_folder_that_is_not_for_students_is_found_in_a_product(built, tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "x.py").write_text("")
    with pytest.raises(CourseError, match="not among what students get"):
        require_clean(built, tmp_path)
