"""The report on a class: its counts are those of the gradebook, and nothing that a student wrote acts on its page."""

import csv
import json
import re
import shutil
from datetime import date
from html.parser import HTMLParser

import pytest
from class_of_marks import SECOND, class_of_marks, put_marks, put_result, put_student
from class_of_sums import CHAPTER
from typer.testing import CliRunner

from course.cli import app
from course.website.finished import foreign_resources
from helpers.checks.report import CheckFailed
from notebook_grader import GraderError
from notebook_grader.gradebook.gradebook import ClassDirectory, Mark
from notebook_grader.gradebook.scores import GRADED, MISSING, WAITS, ClassScores, Person, Score
from notebook_grader.report.command import make_report
from notebook_grader.report.findings import find, read_findings
from notebook_grader.report.page import render

DAY = date(2027, 3, 1)
ATTACK = '<img src=x onerror="alert(1)">'


def said(check: str, mistake: str = "", cause: str = "", symptom: str = "") -> dict:
    return {"check": f"check_{check}", "exercise": check, "mistake": mistake, "cause": cause, "symptom": symptom}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Seven students, old and new results, attacks in every text."""
    course = class_of_marks(tmp_path_factory.mktemp("report"))
    put_marks(course, "Ada", double=2, total=3, why=4)
    put_result(course, "Ada", seconds=1.5, peak_mb=300.0, bytes=20_000, level="namespaces", mistakes=[], flags=[])
    minus = said("total", "minus", "The sum is subtracted.")
    for student, seconds in (("Ben", 80.0), ("Cem", 2.0)):
        put_marks(course, student, double=2, total=0, why=2)
        put_result(
            course, student, seconds=seconds, bytes=2_500_000, level="namespaces", mistakes=[minus], mended=["x"]
        )
    put_marks(course, "Dora", double=0, total=0)
    lost = [said("double", symptom=f"differs by 0.25 {ATTACK}"), said("total", "other", ATTACK)]
    put_result(course, "Dora", mistakes=lost, flags=[f"read a file {ATTACK}"], level="landlock", peak_mb=900.0)
    put_marks(course, "Eve", double=0, total=3, why=0)
    put_result(course, "Eve", mistakes=[said("double", symptom=f"differs by -3e-05 {ATTACK}")])
    put_marks(course, "Old", double=1, total=0, why=0)
    put_result(course, "Old")  # a result of an older grader: no mistakes, flags, sizes
    put_student(course, f"=1+{ATTACK}", last_name="@SUM(A1)")
    put_result(course, "Ada", SECOND, problem=f"This file is no notebook: {ATTACK}")
    (course.folder / "results" / "Ada" / "torn.json").write_text('{"student": ')
    return course


@pytest.fixture(scope="module")
def findings(course):
    return read_findings(course)


@pytest.fixture(scope="module")
def page(findings) -> str:
    return render(findings, "spring", DAY)


def exercise(findings, name: str):
    return next(one for one in findings.chapters[0].exercises if one.name == name)


# --- counts


def test_each_answer_is_counted_once(findings):
    double, total, why = (exercise(findings, name) for name in ("double", "total", "why"))
    assert (double.right, double.partly, double.wrong, double.waiting) == (3, 1, 2, 0)
    assert (total.right, total.partly, total.wrong, total.waiting) == (2, 0, 4, 0)
    assert (why.right, why.partly, why.wrong, why.waiting) == (1, 2, 2, 1)
    assert why.by_hand and not why.silent and not double.by_hand


def test_named_mistakes_are_counted_and_the_most_frequent_stands_first(findings):
    assert exercise(findings, "total").named == [
        (2, "minus", "The sum is subtracted."),
        (1, "other", ATTACK),
    ]


def test_failing_answers_without_a_name_are_counted_with_their_symptoms(findings):
    double, total = exercise(findings, "double"), exercise(findings, "total")
    assert (double.unnamed, double.silent) == (2, 1) and (total.unnamed, total.silent) == (0, 1)
    assert double.symptoms == [(2, "", f"differs by 0.25 {ATTACK}")]  # alike but for their numbers


def graded_notebook(course, student: str, **errors: tuple[str, str]) -> None:
    """Write a graded notebook in which these tests ended with an error, as (name, text)."""
    cells = [
        {
            "metadata": {"nbgrader": {"grade_id": f"check_{name}"}},
            "outputs": [{"output_type": "stream"}, {"output_type": "error", "ename": ename, "evalue": text}],
        }
        for name, (ename, text) in errors.items()
    ]
    place = course.place("autograded", student, CHAPTER)
    place.mkdir(parents=True)
    (place / f"{CHAPTER}.ipynb").write_text(json.dumps({"cells": cells}))


def test_where_no_check_spoke_the_graded_notebook_is_read(course, tmp_path):
    shutil.copytree(course.folder.parent, tmp_path / "copy")
    copy = ClassDirectory(tmp_path / "copy" / "class", tmp_path / "copy")
    report = CheckFailed("total", "differs at step 3, in all of the many, many channels and rows of it, by 7", got="7")
    graded_notebook(copy, "Old", double=("NotImplementedError", "write"), total=("CheckFailed", report.report()))
    graded_notebook(copy, "Dora", double=("KeyError", "not read: its check spoke"))
    graded_notebook(copy, "Eve", total=("KeyError", "not read: it has all points"))
    found = read_findings(copy)
    double, total = exercise(found, "double"), exercise(found, "total")
    assert (double.blank, double.unnamed, double.silent) == (1, 2, 0)
    assert (total.blank, total.unnamed, total.silent) == (0, 1, 0) and len(double.symptoms) == 1
    assert total.symptoms == [(1, "", report.symptom)]


def test_an_error_is_told_by_its_name_and_in_one_line(course, tmp_path):
    shutil.copytree(course.folder.parent, tmp_path / "copy")
    copy = ClassDirectory(tmp_path / "copy" / "class", tmp_path / "copy")
    graded_notebook(copy, "Old", double=("NameError", "name 'x'\n is not defined"))
    assert (1, "", "NameError: name 'x' is not defined") in exercise(read_findings(copy), "double").symptoms


def test_a_mistake_that_a_person_forgave_is_not_counted():
    mark = Mark("check_double", 2.0, 2.0, False)
    scores = one_student(Score("ada", CHAPTER, GRADED, 2.0, marks=(mark,)), mark)
    (chapter,) = find(scores, [result(mistakes=[said("double", "minus", "x")])]).chapters
    assert chapter.exercises[0].named == [] and chapter.exercises[0].right == 1


def one_student(score: Score, mark: Mark) -> ClassScores:
    worth = {CHAPTER: [mark._replace(points=None)]}
    return ClassScores({CHAPTER: "Sums"}, worth, {"ada": Person("ada")}, {("ada", CHAPTER): score})


def result(**fields) -> dict:
    empty = {"problem": "", "mistakes": None, "flags": [], "mended": [], "level": "", "seconds": None}
    return {"student": "ada", "chapter": CHAPTER, "peak_mb": None, "bytes": None} | empty | fields


def test_a_chapter_has_its_median_its_tenths_and_its_hand_ins(findings):
    (chapter,) = [one for one in findings.chapters if one.name == CHAPTER]
    assert (chapter.handed, chapter.marked, chapter.waiting, chapter.refused) == (6, 5, 1, 0)
    assert chapter.median == 4 and sum(chapter.bins) == 5
    assert [n for n, count in enumerate(chapter.bins) if count] == [1, 3, 4, 9]  # 1, 3, 4 and 4, 9 of 9 points


def test_a_chapter_that_nobody_handed_in_is_named_and_has_no_section():
    mark = Mark("check_double", None, 2.0, False)
    found = find(one_student(Score("ada", CHAPTER, MISSING), mark), [])
    assert found.chapters == [] and found.idle == ["Sums"]
    assert "Nobody has handed in: Sums." in render(found, "spring", DAY)


def test_the_slowest_the_largest_and_the_hungriest_stand_first(findings):
    assert [(one.student, one.value) for one in findings.slowest] == [("Ben", 80.0), ("Cem", 2.0), ("Ada", 1.5)]
    assert [one.student for one in findings.hungriest] == ["Dora", "Ada"]
    assert [one.student for one in findings.largest] == ["Ben", "Cem", "Ada"]
    assert findings.slowest[0].share == 1 and findings.largest[2].share == 0.008
    assert (findings.median_seconds, findings.mended) == (2.0, 2)
    assert findings.levels == [("namespaces", 3), ("landlock", 1)]


def test_what_needs_a_look_is_listed_with_its_student(findings):
    assert findings.flags == [("Dora", CHAPTER, f"read a file {ATTACK}")]
    assert findings.refused == [("Ada", SECOND, f"This file is no notebook: {ATTACK}")]
    assert findings.unread == {(CHAPTER, "why"): ["Dora"]}


# --- the page


class Tags(HTMLParser):
    """The elements of a page, and the text of each cell of its tables."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1] and self.found[-1][0] in ("td", "th", "bdi", "abbr", "small"):
            self.rows[-1][-1] += data.strip()


def test_the_table_of_marks_is_the_gradebooks(page):
    rows = {row[0]: row[1:] for row in Tags(page).rows[-8:]}
    assert rows["Ada"][0] == "9" and rows["Ada"][-1] == "9" and rows["Ada"][1].startswith("!")
    assert rows["Dora"][0] == "?" and rows["Eve"][0] == "3" and rows["Old"][0] == "1"
    assert rows[f"=1+{ATTACK}"][:2] == ["–", "–"]


def test_what_a_student_wrote_is_text_and_no_markup(page):
    tags = Tags(page)
    assert page.count("&lt;img src=x") == 5  # a name, a flag, a refusal, a cause, a symptom
    assert not [tag for tag, _ in tags.found if tag in ("img", "script", "iframe", "object", "link")]
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]


def test_the_page_asks_nobody_for_anything(course, tmp_path):
    make_report(course, tmp_path)
    assert foreign_resources(tmp_path) == []
    assert "default-src 'none'" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_every_link_of_the_page_leads_somewhere(course, tmp_path):
    tags = Tags(make_report(course, tmp_path)[0].read_text(encoding="utf-8"))
    ids = {attributes["id"] for _, attributes in tags.found if "id" in attributes}
    links = [attributes["href"] for tag, attributes in tags.found if tag == "a"]
    assert len(links) > 5
    assert not [link for link in links if link.removeprefix("#") not in ids and not (tmp_path / link).is_file()]


def test_the_mistake_of_several_students_stands_above_and_that_of_one_does_not(page):
    common = page[page.index('id="common"') : page.index(f'id="{CHAPTER}"')]
    assert "The sum is subtracted." in common and "<small>of 6</small>" in common
    assert "img src" not in common


def test_the_page_says_what_is_wrong_in_each_state(page):
    text = re.sub(r"<[^>]+>|\s+", " ", page[page.index(f'id="{CHAPTER}"') :])
    text = re.sub(r"\s+", " ", text)
    assert "2 of 6 right, 4 wrong" in text and "3 of 6 right, 1 in part, 2 wrong" in text
    assert "wrong in a way that no check has a name for" in text and "wrong, and nothing is on record" in text
    assert "1 waits for a reader" in text


def test_a_class_without_anything_to_look_at_has_no_such_part():
    mark = Mark("check_double", 2.0, 2.0, False)
    found = find(one_student(Score("ada", CHAPTER, GRADED, 2.0, marks=(mark,)), mark), [])
    page = render(found, "spring", DAY)
    assert {attributes.get("id") for _, attributes in Tags(page).found} == {None, CHAPTER, "marks"}


@pytest.mark.parametrize(("state", "count"), [(WAITS, "0"), (GRADED, "1")])
def test_the_tiles_count_what_has_all_its_marks(state, count):
    mark = Mark("check_double", 2.0, 2.0, False)
    waiting = (mark.name,) if state == WAITS else ()
    found = find(one_student(Score("ada", CHAPTER, state, 2.0, marks=(mark,), waiting=waiting), mark), [])
    assert f"<dt>with all marks</dt><dd>{count}</dd>" in render(found, "spring", DAY)


# --- the CSV files, and the command


@pytest.fixture(scope="module")
def sheets(course, tmp_path_factory) -> dict[str, list[list[str]]]:
    sheets = {}
    for path in make_report(course, tmp_path_factory.mktemp("sheets"))[1:]:
        with path.open(newline="", encoding="utf-8-sig") as file:
            sheets[path.name] = list(csv.reader(file))
    return sheets


def test_the_sheet_of_marks_has_a_cell_for_each_exercise_and_none_is_a_silent_0(sheets):
    header, *rows = sheets["marks.csv"]
    by_student = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    dora, ada = by_student["Dora"], by_student["Ada"]
    assert (dora[f"{CHAPTER} double (of 2)"], dora[f"{CHAPTER} why (of 4)"], dora[f"{CHAPTER} (of 9)"]) == (
        "0.0",
        "",
        "",
    )
    assert dora[f"{CHAPTER} state"] == "waits"
    assert (ada[f"{CHAPTER} (of 9)"], ada[f"{SECOND} (of 9)"], ada[f"{SECOND} state"]) == ("9.0", "", "refused")


def test_no_cell_of_a_sheet_is_a_formula(sheets):
    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    assert f"'=1+{ATTACK}" in cells and "'@SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_the_sheet_of_mistakes_counts_what_the_page_counts(sheets):
    assert sheets["mistakes.csv"][1:] == [
        [CHAPTER, "double", "(not named)", f"differs by 0.25 {ATTACK}", "2", "6", "3"],
        [CHAPTER, "double", "(nothing on record)", "", "1", "6", "3"],
        [CHAPTER, "total", "minus", "The sum is subtracted.", "2", "6", "2"],
        [CHAPTER, "total", "other", ATTACK, "1", "6", "2"],
        [CHAPTER, "total", "(nothing on record)", "", "1", "6", "2"],
    ]


def test_the_command_writes_into_the_class_and_says_what(course):
    done = CliRunner().invoke(app, ["report", "--course", str(course.folder)])
    assert done.exit_code == 0, done.output
    for name in ("index.html", "marks.csv", "mistakes.csv"):
        assert (course.folder / "report" / name).is_file() and f"report/{name}" in done.stdout


def test_a_class_that_was_not_graded_and_a_file_in_the_way_are_told(course, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(GraderError, match="is no folder. Name another with --to"):
        make_report(course, tmp_path / "file")
    done = CliRunner().invoke(app, ["report", "--course", str(tmp_path / "new")])
    assert done.exit_code == 1 and "Run `course release` first" in done.stderr


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_phone_and_desktop_in_both_schemes(course, tmp_path, width):
    from site_browser import opened

    make_report(course, tmp_path)
    with opened(tmp_path) as browser:
        grounds = []
        for scheme in ("light", "dark"):
            browser.open("index.html", width=width, scheme=scheme)
            browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            grounds.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
        assert grounds == ["rgb(253, 252, 249)", "rgb(17, 23, 29)"]
        assert browser.requests_elsewhere() == [] and browser.errors() == []
