"""A class through real nbgrader, command by command: each accident costs its own marks and nobody else's."""

import csv
import json
import sqlite3
import time
from pathlib import Path

import nbformat
import pytest
from class_of_sums import CHAPTER, HIDDEN, answered, class_of_sums, hand_in, material, position, put_in
from typer.testing import CliRunner

from course.build import build_sources
from course.cli import app
from course.grading import commands
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.sandbox import Level, probe

pytestmark = pytest.mark.slow

TWICE = "def double(number):\n    return 2 * number"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
LIMIT = 4  # seconds
FULL, NOTHING = (2, 3), (0, 0)

# Answers to the exercise `double` (which `total` calls), and the marks for double and total that they deserve.
ANSWERS = {
    "raises": ("def double(number):\n    return number.missing", NOTHING),
    "no_python": ("def double(number:\n    return 2 * number", NOTHING),
    "loops": ("def double(number):\n    while True:\n        pass", NOTHING),
    "exits": ("import sys\ndef double(number):\n    sys.exit(0)", NOTHING),
    "quits": ("def double(number):\n    quit()", NOTHING),
    "ends_the_process": ("import os\ndef double(number):\n    os._exit(0)", NOTHING),
    "crashes": ("import ctypes\ndef double(number):\n    return ctypes.string_at(0)", NOTHING),
    "returns_a_mark": ("def double(number):\n    return 100", NOTHING),
    "is_no_function": ("double = 2", NOTHING),
    "exits_after": (f"{TWICE}\nimport sys\nsys.exit(0)", FULL),
    "exits_by_name_after": (f"{TWICE}\nexit()", FULL),
    "ends_the_process_after": (f"{TWICE}\nimport os\nos._exit(0)", NOTHING),
    "writes_to_stderr": (
        "import sys, warnings\nfrom tqdm import tqdm\ndef double(number):\n    warnings.warn('hm')\n"
        "    for _ in tqdm(range(2)):\n        print('hm', file=sys.stderr)\n    return 2 * number",
        FULL,
    ),
    "displays_a_result": (
        "from IPython.display import display\ndef double(number):\n    display(0)\n    return 2 * number",
        FULL,
    ),
    "warns_and_breaks": ("import warnings\ndef double(number):\n    warnings.warn('hm')\n    return 2 * number", FULL),
    "asks": ("def double(number):\n    input('go on?')\n    return 2 * number", NOTHING),
}  # fmt: skip
# Cells of a student's own, put before the exercise `total` of a solved notebook.
CELLS = {
    "own_cell_fails": ("1 / 0", FULL),
    "own_cell_loops": ("while True:\n    pass", FULL),
    "own_cell_loops_for_ever": (STUBBORN, FULL),
    "own_cell_ends_the_process": ("import os\nos._exit(0)", FULL),
    "own_cell_prints_history": ("print(In)\nimport inspect\nprint(inspect.getsource(check_double))", FULL),
    "own_cell_quotes_markers": ("'''\n### BEGIN HIDDEN TESTS\n'''", FULL),
    "own_cell_leaves_a_process": ("import subprocess\nprint('pid', subprocess.Popen(['sleep', '600']).pid)", FULL),
    "own_cell_looks_around": ("import os\nprint(os.getcwd(), os.listdir('.'), dict(os.environ))", FULL),
    "own_cell_floods": ("for _ in range(300_000):\n    print('flood')", FULL),
}
IS_WEAK = probe().level < Level.WALLED  # then marks are tested all the same
TRUST = ["--i-trust-these-notebooks"] if IS_WEAK else []
REFUSED = {
    "empty": ("", CHAPTER, "empty"),
    "letter": ("My notebook is in the cloud.", CHAPTER, "no notebook"),
    "other_name": ("{}", "homework", "no chapter is called homework.ipynb"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Release and grade the class once; return its directory, the command's result, and where everything lies."""
    paths = class_of_sums(tmp_path_factory.mktemp("class"))
    course = ClassDirectory(paths.root / "class", paths.root)
    build_sources(paths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "Paths", lambda: paths)
        assert CliRunner().invoke(app, ["release"]).exit_code == 0
        write_class(paths.root / "hand_ins", material(paths, course.released(CHAPTER)))
        arguments = ["grade", str(paths.root / "hand_ins"), "--cell-limit", str(LIMIT), *TRUST]
        result = CliRunner().invoke(app, arguments)
        yield course, result


def write_class(folder: Path, chapter) -> None:
    for student, (answer, _) in ANSWERS.items():
        hand_in(folder, student, answered(chapter, double=answer))
    for student, (cell, _) in CELLS.items():
        notebook = answered(chapter)
        hand_in(folder, student, put_in(notebook, position(notebook, "total"), cell))
    for student, (text, name, _) in REFUSED.items():
        hand_in(folder, student, text, name)
    hand_in(folder, "untouched", chapter.released)
    hand_in(folder, "zoe_behind_them_all", chapter.solved)


def marks(course: ClassDirectory, student: str) -> tuple:
    return tuple(mark.points for mark in course.marks(CHAPTER, student))


def autograded(course: ClassDirectory, student: str) -> nbformat.NotebookNode:
    return nbformat.read(course.place("autograded", student, CHAPTER) / f"{CHAPTER}.ipynb", as_version=4)


def shown_by(course: ClassDirectory, student: str, cell_id: str) -> str:
    cells = autograded(course, student).cells
    return json.dumps([cell.get("outputs") for cell in cells if cell.id == cell_id or cell.id.startswith(cell_id)])


@pytest.mark.parametrize("student", [*ANSWERS, *CELLS])
def test_a_student_gets_the_marks_that_are_deserved(graded, student):
    course, _ = graded
    assert marks(course, student)[:2] == (ANSWERS | CELLS)[student][1]


def test_the_classmate_behind_them_all_gets_full_marks(graded):
    assert marks(graded[0], "zoe_behind_them_all") == (*FULL, None)


def test_the_untouched_notebook_gets_nothing_and_waits_for_nobody(graded):
    assert marks(graded[0], "untouched") == (0, 0, 0)


def test_no_automatic_mark_in_the_database_is_null(graded):
    course, _ = graded
    rows = sqlite3.connect(course.folder / "gradebook.db").execute(
        "SELECT base_cell.name, grade.auto_score FROM grade JOIN base_cell ON base_cell.id = grade.cell_id"
    )
    found = list(rows)
    assert len(found) == 3 * (len(ANSWERS) + len(CELLS) + 2)
    assert all(score is not None for name, score in found if name.startswith("check_"))


def test_the_command_fails_and_says_what_could_not_be_graded(graded):
    _, result = graded
    assert result.exit_code == 1
    for student, (_, _, reason) in REFUSED.items():
        (line,) = [line for line in result.stdout.splitlines() if line.startswith(f"not graded: {student}, ")]
        assert reason in line


def test_the_command_shows_progress_and_every_student_in_the_table(graded):
    _, result = graded
    total = len(ANSWERS) + len(CELLS) + len(REFUSED) + 2
    assert f"[{total}/{total}] zoe_behind_them_all 01_sums: 5 / 9" in result.stdout
    table = result.stdout[result.stdout.index("student") :]
    assert all(student in table for student in [*ANSWERS, *CELLS, "empty", "letter"])


def test_a_timeout_names_the_limit(graded):
    assert f"still running after {LIMIT} s" in shown_by(graded[0], "loops", "check_double")


def test_after_a_lost_cell_the_test_says_why_the_name_is_missing(graded):
    shown = shown_by(graded[0], "ends_the_process_after", "check_double")
    assert "name 'double' is not defined" in shown and "Stopped before" in shown


def test_a_students_traceback_shows_their_own_code_only(graded):
    shown = shown_by(graded[0], "raises", "check_double")
    assert "return number.missing" in shown and "check_double" not in shown


def test_the_process_sees_an_empty_folder_and_no_path_of_the_class(graded):
    course, _ = graded
    shown = shown_by(course, "own_cell_looks_around", "extra")
    assert str(course.folder) not in shown and " [] " in shown
    assert "'COURSE_PROFILE': 'grade'" in shown


def test_what_a_submission_started_ends_with_it(graded):
    shown = shown_by(graded[0], "own_cell_leaves_a_process", "extra")
    pid = int(shown.partition("pid ")[2].partition("\\n")[0])
    patience = time.monotonic() + 10  # a busy machine may take a moment between the signal and the end
    while is_asleep(pid) and time.monotonic() < patience:
        time.sleep(0.1)
    assert not is_asleep(pid)


def is_asleep(pid: int) -> bool:
    """Return whether a process of that number runs `sleep`."""
    try:
        return b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_the_result_of_each_hand_in_is_on_record(graded):
    course, _ = graded
    result = json.loads(course.result("loops", CHAPTER).read_text())
    assert (result["student"], result["problem"]) == ("loops", "")
    assert [mark["points"] for mark in result["marks"]] == [0, 0, None]
    assert "empty" in json.loads(course.result("empty", CHAPTER).read_text())["problem"]


@pytest.fixture(scope="module")
def feedback(graded) -> dict[str, str]:
    course, _ = graded
    result = CliRunner().invoke(app, ["feedback"])
    assert result.exit_code == 0, result.stdout
    pages = course.folder.glob("feedback/*/*/*.html")
    return {page.parent.parent.name: page.read_text(encoding="utf-8") for page in pages}


def test_everybody_gets_feedback(feedback):
    assert set(feedback) == {*ANSWERS, *CELLS, *REFUSED, "untouched", "zoe_behind_them_all"}


def test_feedback_shows_no_hidden_test(feedback):
    for student, page in feedback.items():
        assert not [line for line in HIDDEN if line in page], student
    assert "BEGIN HIDDEN TESTS" not in feedback["zoe_behind_them_all"]


def test_feedback_says_why_a_hand_in_was_refused(feedback):
    assert "This file is empty" in feedback["empty"]


def test_feedback_shows_what_went_wrong(feedback):
    assert "the sum is wrong" in feedback["returns_a_mark"]


def test_marks_are_exported_by_chapter_and_by_question(graded):
    course, _ = graded
    result = CliRunner().invoke(app, ["export", "--format", "csv"])
    assert result.exit_code == 0
    with (course.folder / "marks.csv").open(newline="") as file:
        scores = {row["student_id"]: (row["score"], row["max_score"]) for row in csv.DictReader(file)}
    assert scores["zoe_behind_them_all"] == ("", "9.0")  # an answer waits for a reader
    assert (scores["empty"], scores["untouched"]) == (("", "9.0"), ("0.0", "9.0"))
    with (course.folder / "marks_by_question.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["untouched"]["01_sums reflection_why (of 4)"] == "0"
    assert rows["zoe_behind_them_all"]["01_sums reflection_why (of 4)"] == ""


def test_an_unknown_export_format_is_refused(graded):
    result = CliRunner().invoke(app, ["export", "--format", "pdf"])
    assert result.exit_code == 2 and "csv" in result.stderr


@pytest.fixture(scope="module")
def graded_again(graded, tmp_path_factory):
    """Grade three students once more: the same file twice, with times, and a broken one after a good one."""
    course, _ = graded
    folder = tmp_path_factory.mktemp("again")
    before = {student: marks(course, student) for student in ("raises", "zoe_behind_them_all", "warns_and_breaks")}
    for student in ("raises", "zoe_behind_them_all"):
        first = course.folder.parent / "hand_ins" / student / f"{CHAPTER}.ipynb"
        hand_in(folder, student, first.read_text(encoding="utf-8"))
    (folder / "raises" / "timestamp.txt").write_text("2027-03-01 18:00:00 UTC")
    (folder / "zoe_behind_them_all" / "timestamp.txt").write_text("yesterday evening")
    hand_in(folder, "warns_and_breaks", "no notebook")
    return before, CliRunner().invoke(app, ["grade", str(folder), *TRUST])


def test_a_second_run_gives_the_same_marks_and_keeps_one_submission(graded, graded_again):
    course, (before, _) = graded[0], graded_again
    assert {student: marks(course, student) for student in before} == before
    with course.gradebook() as gradebook:
        assert len(gradebook.student_submissions("raises")) == 1


def test_the_time_of_a_hand_in_reaches_the_gradebook_and_a_damaged_one_does_no_harm(graded, graded_again):
    with graded[0].gradebook() as gradebook:
        times = {name: gradebook.find_submission(CHAPTER, name).timestamp for name in ("raises", "zoe_behind_them_all")}
    assert {name: str(time) for name, time in times.items()} == {
        "raises": "2027-03-01 18:00:00",
        "zoe_behind_them_all": "None",
    }
    assert "timestamp.txt holds no time" in graded[0].result("zoe_behind_them_all", CHAPTER).read_text()


def test_a_broken_file_after_a_good_one_leaves_the_mark_and_says_so(graded, graded_again):
    _, result = graded_again
    assert result.exit_code == 1 and "The mark of an earlier hand-in stands" in result.stdout
    assert marks(graded[0], "warns_and_breaks")[:2] == FULL


def test_grading_before_a_release_is_a_clear_error(graded, tmp_path):
    hand_in(tmp_path / "in", "ada", "{}")
    result = CliRunner().invoke(app, ["grade", str(tmp_path / "in"), "--course", str(tmp_path / "other")])
    assert result.exit_code == 1 and "Run `course release` first" in result.stderr


def test_a_cold_process_gives_the_same_marks_as_a_forked_one(graded):
    course, _ = graded
    course.config.GradingExecute.trusted = IS_WEAK
    result = course.api.autograde(CHAPTER, "writes_to_stderr", force=True)  # no warm process is open here
    assert result["success"]
    assert marks(course, "writes_to_stderr")[:2] == FULL
