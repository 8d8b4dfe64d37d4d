"""Exports read back as the platforms document them: what stands in the gradebook, and nothing where nothing does."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from class_of_marks import SECOND, class_of_marks, put_marks, put_result, put_student
from class_of_sums import CHAPTER
from typer.testing import CliRunner

from course.cli import app
from course.paths import ROOT
from notebook_grader import GraderError
from notebook_grader.export.columns import cell_text, columns_of, guarded
from notebook_grader.export.export import Choice, read_names, write_export
from notebook_grader.export.match import RosterLine, match_roster
from notebook_grader.export.roster import Roster
from notebook_grader.gradebook.gradebook import ClassDirectory, Mark
from notebook_grader.gradebook.scores import ClassScores, Person, Score, read_scores


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ClassDirectory:
    """A class in which nobody has a mark."""
    return class_of_marks(tmp_path_factory.mktemp("released"))


def copied(course: ClassDirectory, folder: Path) -> ClassDirectory:
    shutil.copytree(course.folder.parent, folder)
    return ClassDirectory(folder / course.folder.name, folder)


@pytest.fixture(scope="module")
def course(released, tmp_path_factory) -> ClassDirectory:
    """A class in every state: marked, changed by hand, late, waiting, refused, not handed in."""
    course = copied(released, tmp_path_factory.mktemp("marks") / "copy")
    put_marks(course, "ada", double=2, total=3, why=4)
    put_marks(course, "ada", SECOND, double=2, total=0, why=1.5)
    put_marks(course, "ben_77", double=0, total=(0, 2.5), why=1)
    put_marks(course, "late lea", penalty=2, double=2, total=3, why=0)
    put_marks(course, "later lou", penalty=9, double=2, total=0, why=0)
    put_marks(course, "waiting wim", double=2, total=3)
    put_marks(course, "early eve", double=2, total=0, why=0)
    put_result(course, "early eve", problem="This file is empty.")
    put_student(course, "refused rex")
    put_result(course, "refused rex", problem="This file is <no> notebook.")
    put_student(course, "absent abe", first_name="Abe", last_name="O'Hara, Jr.", email="abe@school.org")
    wrong = {
        "check": "check_total",
        "exercise": "total",
        "mistake": "no_double",
        "cause": "=It adds a < b.",
        "symptom": "s",
    }
    put_result(course, "ben_77", mistakes=[wrong])
    return course


POINTS = {"ada": "9", "ben_77": "3.5", "late lea": "3", "later lou": "0", "early eve": "2"}
STUDENTS = {*POINTS, "waiting wim", "refused rex", "absent abe"}
EMPTY = STUDENTS - set(POINTS)


def exported(course: ClassDirectory, tmp_path: Path, **choice) -> tuple[list[dict], list[str]]:
    """Export, read the file back with the csv module, and compare nothing yet."""
    (path, *_), remarks = write_export(course, Choice(**choice), tmp_path / "out.csv")
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file)), remarks


def written(tmp_path: Path, text: str, name: str = "roster.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


# --- the marks themselves


def test_every_state_of_a_mark_is_told_apart(course):
    scores = read_scores(course).scores
    states = {student: scores[student, CHAPTER].state for student in STUDENTS}
    assert states == dict.fromkeys(POINTS, "graded") | {
        "waiting wim": "waits",
        "refused rex": "refused",
        "absent abe": "missing",
    }
    assert scores["waiting wim", CHAPTER].points == 5 and scores["waiting wim", CHAPTER].waiting == ("reflection_why",)
    assert scores["refused rex", CHAPTER].points is None


def test_what_has_no_mark_is_counted_by_reason(course, tmp_path):
    _, remarks = exported(course, tmp_path, form="canvas")
    assert remarks == [
        "without a mark, and not exported as 0: 1 waiting for a reader, 1 that could not be graded, 8 not handed in",
        "with the mark of an earlier hand-in, because the last one could not be graded: 1",
    ]


def test_a_mark_that_is_to_be_read_again_is_not_exported():
    mark = Mark("reflection_why", 3.0, 4.0, True)
    score = Score("ada", CHAPTER, "waits", 3.0, marks=(mark,), waiting=(mark.name,))
    scores = ClassScores({CHAPTER: "Sums"}, {CHAPTER: [mark]}, {"ada": Person("ada")}, {("ada", CHAPTER): score})
    for by_question in (False, True):
        assert [cell_text(scores, "ada", column) for column in columns_of(scores, by_question)] == [""]


# --- csv


def test_the_csv_has_a_score_only_where_all_is_marked(course, tmp_path):
    rows, _ = exported(course, tmp_path)
    first = {row["student_id"]: row for row in rows if row["assignment"] == CHAPTER}
    assert {student: row["score"] for student, row in first.items() if row["score"]} == {
        student: f"{float(points)}" for student, points in POINTS.items()
    }
    assert (first["waiting wim"]["raw_score"], first["waiting wim"]["score"]) == ("5.0", "")
    assert first["late lea"]["late_submission_penalty"] == "2.0"
    assert first["absent abe"]["last_name"] == "O'Hara, Jr." and first["absent abe"]["raw_score"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_text_is_no_formula(text):
    assert guarded(text) == f"'{text}" and guarded(f"a{text}") == f"a{text}"


def test_a_name_that_is_a_formula_is_guarded(course, tmp_path):
    copy = copied(course, tmp_path / "copy")
    put_student(copy, "mallory", first_name="@x", last_name='=HYPERLINK("http://x.y")')
    rows, _ = exported(copy, tmp_path)
    (row,) = [row for row in rows if row["student_id"] == "mallory" and row["assignment"] == CHAPTER]
    assert (row["first_name"], row["last_name"]) == ("'@x", '\'=HYPERLINK("http://x.y")')
    rows, _ = exported(copy, tmp_path, form="canvas")
    assert [row["Student"] for row in rows if row["SIS Login ID"] == "mallory"] == ['\'=HYPERLINK("http://x.y"), @x']


# --- Canvas


def test_canvas_takes_the_smallest_file(course, tmp_path):
    rows, _ = exported(course, tmp_path, form="canvas")
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER, SECOND]
    assert (rows[0]["Student"], rows[0][CHAPTER]) == ("    Points Possible", "9")
    marks = {row["SIS Login ID"]: row[CHAPTER] for row in rows[1:]}
    assert marks == POINTS | dict.fromkeys(EMPTY, "")
    assert {row["SIS Login ID"]: row["ID"] for row in rows if row["ID"]} == {"ben_77": "77"}


HEADER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (501),Chapter 2: More sums (502),Current Score,Notes\r\n"
)
ROSTER = (
    "\ufeff" + HEADER + ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,9.00,9.00,(read only),\r\n"
    '"Love""lace, Ada",11,s1,ada,"A, B",,"1.00",50.00,=keep\r\n'
    "Bennet,77,,,A,2.00,N/A,,\r\n"
    '"Lea, Late",12,LATE LEA,lea@x.y,A,EX,,,"two\nlines"\r\n'
    "Rex,13,,refused rex,A,4.00,,,\r\n"
    '"O\'Hara, Jr., Abe",14,,abe@school.org,A,,,,\r\n'
    "Nobody,15,,nobody,A,,,,\n"
    "Wim,16,,waiting wim,A,,,,"
)


def test_a_canvas_gradebook_is_filled_and_every_other_byte_stays(course, tmp_path):
    roster = written(tmp_path, ROSTER)
    named = {CHAPTER: "Homework 1"}
    (path,), remarks = write_export(course, Choice("canvas", roster, named=named), tmp_path / "out.csv")
    expected = ROSTER.replace('"A, B",,"1.00",', '"A, B",9,3.5,').replace("A,2.00,N/A", "A,3.5,N/A")
    assert path.read_bytes() == expected.encode()
    assert roster.read_bytes() == ROSTER.encode()
    told = "\n".join(remarks)
    assert "late lea, 01_sums: Canvas has EX; it was kept, not 3" in told
    assert "early eve: no line of the roster fits" in told and "later lou: no line" in told
    assert "absent abe" not in told and "refused rex:" not in told
    assert "1 waiting for a reader" in told


def test_a_title_that_fits_no_or_two_assignments_is_told(course, tmp_path):
    roster = written(tmp_path, ROSTER)
    _, remarks = write_export(course, Choice("canvas", roster), tmp_path / "out.csv")
    assert not [line for line in remarks if line.startswith("01_sums: no assignment")]  # Homework 1 is chapter 1
    lost = written(tmp_path, ROSTER.replace("Homework 1", "Warm-up"))
    _, remarks = write_export(course, Choice("canvas", lost), tmp_path / "out.csv")
    assert '01_sums: no assignment is called so; say which with --column "01_sums=TITLE"' in remarks
    twice = written(tmp_path, ROSTER.replace("Notes", "Sums (503)"))
    with pytest.raises(GraderError, match=r"01_sums fits several assignments: Homework 1 \(501\), Sums \(503\)"):
        write_export(course, Choice("canvas", twice), tmp_path / "out.csv")


def test_other_points_in_canvas_are_told(course, tmp_path):
    roster = written(tmp_path, ROSTER.replace("9.00,9.00", "100,9"))
    _, remarks = write_export(course, Choice("canvas", roster), tmp_path / "out.csv")
    assert "01_sums: worth 9 here and 100 in Canvas; set it to 9 there" in remarks
    assert not [line for line in remarks if line.startswith(f"{SECOND}: worth")]


def test_canvas_by_question_finds_its_columns(course, tmp_path):
    header = "Student,ID,SIS Login ID,Section,Sums double (1),01_sums check_total (2),More sums why (3)"
    roster = written(tmp_path, f"{header}\nAda,1,ada,A,,,\nWim,2,waiting wim,A,,,\nBen,77,,A,,,\n")
    write_export(course, Choice("canvas", roster, by_question=True), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == (
        f"{header}\nAda,1,ada,A,2,3,1.5\nWim,2,waiting wim,A,2,3,\nBen,77,,A,0,2.5,\n"
    )


def test_a_file_of_another_kind_is_an_error(course, tmp_path):
    for text, reason in [
        ("a,b\n1,2\n", "no gradebook of Canvas"),
        ("", "is empty"),
        (HEADER + "Ada,1\n", "line 2 has 2 cells, the header 9"),
    ]:
        with pytest.raises(GraderError, match=reason):
            write_export(course, Choice("canvas", written(tmp_path, text)), tmp_path / "out.csv")
    (tmp_path / "latin.csv").write_bytes("Zoë".encode("latin-1"))
    with pytest.raises(GraderError, match="not in UTF-8"):
        write_export(course, Choice("canvas", tmp_path / "latin.csv"), tmp_path / "out.csv")
    with pytest.raises(GraderError, match="was not found"):
        write_export(course, Choice("canvas", tmp_path / "none.csv"), tmp_path / "out.csv")


def test_the_roster_itself_is_never_overwritten(course, tmp_path):
    roster = written(tmp_path, ROSTER)
    with pytest.raises(GraderError, match="is the roster itself"):
        write_export(course, Choice("canvas", roster), roster)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_roster_that_nothing_is_put_into_keeps_every_byte(tmp_path, sign, end):
    lines = ["Student,ID,x", '"a ""b"", c",1,', ",,", '"two\nlines","",5" nail', '"open,2,3', ""]
    for tail in (end, ""):
        text = end.join(line.replace(",", sign) for line in lines) + tail
        path = written(tmp_path, text)
        Roster(path).write(tmp_path / "copy.csv")
        assert (tmp_path / "copy.csv").read_bytes() == text.encode()


def test_what_is_put_into_a_roster_reads_back(tmp_path):
    roster = Roster(written(tmp_path, "a,b\n1,2\n"))
    roster.put(1, 1, 'say "hm", then\nstop')
    roster.write(tmp_path / "out.csv")
    assert list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text())))[1] == ["1", 'say "hm", then\nstop']


# --- who is who


def people(*students: Person) -> dict[str, Person]:
    return {person.student: person for person in students}


@pytest.mark.parametrize(
    ("line", "person"),
    [
        (RosterLine(1, login="ADA"), Person("ada")),
        (RosterLine(1, login="x", sis_id="s-1"), Person("s-1")),
        (RosterLine(1, number="12345"), Person("lovelaceada_12345")),
        (RosterLine(1, number="4711"), Person("Ada Lovelace (4711)")),
        (RosterLine(1, number="9"), Person("ada", lms_id="9")),
        (RosterLine(1, email="ada@x.y"), Person("ada", email="Ada@X.y")),
        (RosterLine(1, name="Lovelace, Ada"), Person("Ada Lovelace")),
        (RosterLine(1, name="Ada Lovelace"), Person("a1", first_name="Ada", last_name="Lovelace")),
        (RosterLine(1, name="Jose\u0301 P."), Person("Jos\u00e9 P")),
    ],
)
def test_a_line_finds_its_student(line, person):
    assert match_roster([line], people(person, Person("somebody else"))).student_of == {1: person.student}


def test_the_stronger_key_decides():
    lines = [RosterLine(1, login="ada", name="Ben"), RosterLine(2, login="ben", name="Ada")]
    assert match_roster(lines, people(Person("ada"), Person("ben"))).student_of == {1: "ada", 2: "ben"}


def test_namesakes_get_no_mark_and_are_told():
    two = people(Person("k1", "Kim", "Lee"), Person("k2", "Kim", "Lee"))
    matched = match_roster([RosterLine(1, name="Lee, Kim")], two)
    assert matched.student_of == {} and matched.remarks == [
        "several students fit 'Lee, Kim' of the roster: k1, k2; none was filled in"
    ]
    matched = match_roster([RosterLine(1, name="Lee, Kim"), RosterLine(2, name="Kim Lee")], people(Person("Kim Lee")))
    assert matched.student_of == {} and matched.remarks == ["Kim Lee: 2 lines of the roster fit; none was filled in"]


# --- Moodle


def test_moodle_imports_a_grade_or_a_dash_and_never_nothing(course, tmp_path):
    rows, _ = exported(course, tmp_path, form="moodle")
    assert list(rows[0]) == ["Username", CHAPTER, SECOND]
    assert {row["Username"]: row[CHAPTER] for row in rows} == POINTS | dict.fromkeys(EMPTY, "-")


def test_moodle_leaves_out_whom_the_identifier_does_not_name(course, tmp_path):
    rows, remarks = exported(course, tmp_path, form="moodle", identifier="email")
    assert [row["Email address"] for row in rows] == ["abe@school.org"]
    assert "ada: has no email address in the gradebook and was left out" in remarks
    rows, _ = exported(course, tmp_path, form="moodle", identifier="idnumber", by_question=True)
    assert {row["ID number"]: row["01_sums total"] for row in rows}["ben_77"] == "2.5"


def test_moodle_comments_say_what_went_wrong_as_text(course, tmp_path):
    rows, _ = exported(course, tmp_path, form="moodle", comments=True)
    comments = {row["Username"]: row["01_sums (feedback)"] for row in rows}
    assert comments["ben_77"] == "total: =It adds a &lt; b."
    assert comments["refused rex"] == "This file is &lt;no&gt; notebook." and comments["ada"] == ""


SHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 1,ada,,Submitted for grading,,9.00,Yes,"Monday, 1 March 2027, 6:00 PM",-,\n'
    'Participant 77,Ben,,"Submitted, graded",2.00,3.00,No,-,-,"<p>old</p>"\n'
    "Participant 3,Abe,abe@school.org,No submission,,9.00,Yes,-,-,\n"
    "Participant 4,waiting wim,,Submitted,,9.00,Yes,-,-,\n"
)


def test_a_moodle_worksheet_is_filled_and_every_other_byte_stays(course, tmp_path):
    choice = Choice("moodle", written(tmp_path, SHEET), chapter=CHAPTER)
    (path,), remarks = write_export(course, choice, tmp_path / "out.csv")
    expected = SHEET.replace("for grading,,9.00", "for grading,9,9.00").replace(",2.00,3.00", ",3.5,3.00")
    assert path.read_bytes() == expected.encode()
    assert "ben_77: Moodle says that the grade cannot be changed and will pass over it; unlock it there" in remarks
    assert "ben_77: has 3.5, Moodle takes at most 3; set the maximum higher there" in remarks


def test_comments_go_into_the_worksheets_own_column(course, tmp_path):
    choice = Choice("moodle", written(tmp_path, SHEET), chapter=CHAPTER, comments=True)
    write_export(course, choice, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        comments = {row["Identifier"]: row["Feedback comments"] for row in csv.DictReader(file)}
    assert comments["Participant 77"] == "total: =It adds a &lt; b." and comments["Participant 1"] == ""


def test_a_worksheet_needs_one_chapter_and_its_columns(course, tmp_path):
    sheet = written(tmp_path, SHEET)
    with pytest.raises(GraderError, match="say with --chapter which of 01_sums, 02_more_sums"):
        write_export(course, Choice("moodle", sheet), tmp_path / "out.csv")
    other = written(tmp_path, SHEET.replace("Identifier", "Kennung"))
    with pytest.raises(GraderError, match="with Moodle set to English"):
        write_export(course, Choice("moodle", other, chapter=CHAPTER), tmp_path / "out.csv")
    bare = written(tmp_path, SHEET.replace("Feedback comments", "Notes"))
    with pytest.raises(GraderError, match="Turn on feedback comments"):
        write_export(course, Choice("moodle", bare, chapter=CHAPTER, comments=True), tmp_path / "out.csv")


# --- choices


def test_choices_that_do_not_go_together_are_errors(course, tmp_path):
    sheet = written(tmp_path, SHEET)
    with pytest.raises(GraderError, match="add --format canvas"):
        write_export(course, Choice("csv", sheet))
    with pytest.raises(GraderError, match="Leave out --roster"):
        write_export(course, Choice("moodle", sheet, by_question=True))
    with pytest.raises(GraderError, match="expected CHAPTER=TITLE"):
        read_names(["01_sums"])


def test_a_class_without_marks_is_told(released):
    with pytest.raises(GraderError, match="Nobody has a mark yet"):
        write_export(released, Choice())


def test_the_command_says_what_it_wrote_and_what_has_no_mark(course, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["export", "--format", "moodle", "--course", str(course.folder)])
    assert result.exit_code == 0, result.output
    assert f"wrote {course.folder / 'moodle.csv'}" in result.stdout
    assert "1 waiting for a reader" in result.stdout
