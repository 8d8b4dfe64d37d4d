"""From a cell's run to a mark: nbgrader's own determine_grade must give what the check gave."""

import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.outputs import Collector
from notebook_grader.runner.verdict import HIDDEN_LINE, hidden_lines, judged, refused, shown

SOURCE = """check_sum(add, 1, 2)
### BEGIN HIDDEN TESTS
check_sum(add, 123456, 654321)
x = 1
### END HIDDEN TESTS"""
NBGRADER = {"grade": True, "solution": False, "locked": True, "grade_id": "check_sum", "points": 7, "schema_version": 3}
ERROR = ("ValueError", "no", ["----", "Cell In[4], line 3\n 3 check_sum(add, 123456, 654321)\n", "ValueError: no"])


def mark(outputs) -> float:
    cell = new_code_cell(SOURCE, outputs=outputs, metadata={"nbgrader": NBGRADER})
    return determine_grade(cell)[0]


def run(status="ok", outputs=(), error=None) -> CellRun:
    return CellRun(status, list(outputs), error, 1.0)


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [new_output("stream", name="stderr", text="UserWarning: hm\n 50%|#####     |")],
        [new_output("execute_result", data={"text/plain": "0"})],
        [new_output("execute_result", data={"text/plain": "3"})],
        [new_output("execute_result", data={"text/html": "<b>no text</b>"})],
        [new_output("display_data", data={"image/png": "aGVsbG8="})],
    ],
)
def test_a_test_that_passed_has_all_its_points_whatever_it_showed(outputs):
    assert mark(judged(run(outputs=outputs), 60, SOURCE)) == 7


@pytest.mark.parametrize("status", ["error", "timeout", "died"])
def test_a_test_that_failed_has_none_whatever_it_showed(status):
    outputs = [new_output("execute_result", data={"text/plain": "7"}), new_output("stream", name="stdout", text="7")]
    error = ERROR if status == "error" else None
    assert mark(judged(run(status, outputs, error), 60, SOURCE)) == 0


def test_a_test_that_was_not_run_has_none():
    assert mark(refused("TimeLimit", "not run")) == 0


def test_a_timeout_says_how_long_it_took():
    (error,) = judged(run("timeout"), 60, SOURCE)
    assert "still running after 60 s" in error.traceback[0]


def test_the_report_of_a_check_stays_whole():
    report = ["✗ sum: not right yet", "  symptom  wrong", "  got  3"]
    (output,) = judged(run("error", error=("CheckFailed", "text", report)), 60, SOURCE)
    assert output.traceback == report


def test_hidden_lines_leave_every_output():
    outputs = [
        new_output("stream", name="stdout", text="['check_sum(add, 1, 2)\\ncheck_sum(add, 123456, 654321)\\nx = 1']"),
        new_output("display_data", data={"text/plain": "check_sum(add, 123456, 654321)"}),
    ]
    error = ("NameError", "check_sum(add, 123456, 654321)", [])
    shown_text = str(judged(run("error", outputs, error), 60, SOURCE))
    assert "123456" not in shown_text and HIDDEN_LINE in shown_text
    assert "check_sum(add, 1, 2)" in shown_text


def test_only_lines_that_say_something_and_are_not_visible_count_as_hidden():
    assert hidden_lines(SOURCE) == ["check_sum(add, 123456, 654321)"]


def test_a_cell_without_marks_shows_its_outputs_and_its_error():
    outputs = [new_output("stream", name="stderr", text="hm")]
    assert [output.output_type for output in shown(run("error", outputs, ERROR), 60)] == ["stream", "error"]


def message(kind: str, **content) -> dict:
    return {"msg_type": kind, "header": {"msg_type": kind}, "content": content}


def test_text_of_one_stream_is_joined_and_a_progress_bar_keeps_its_last_state():
    collector = Collector()
    for text in ("a\n 10%", "\r 50%", "\r100%\n"):
        collector.add(message("stream", name="stderr", text=text))
    assert [output.text for output in collector.outputs] == ["a\n100%\n"]


def test_a_flood_is_cut_and_says_so():
    collector = Collector()
    for _ in range(3000):
        collector.add(message("stream", name="stdout", text="flood\n" * 100))
    assert len(collector.outputs[0].text) < 200_000 and "cut here" in collector.outputs[0].text


def test_an_error_message_from_the_student_is_no_output():
    collector = Collector()
    collector.add(message("error", ename="Fake", evalue="", traceback=[]))
    assert collector.outputs == []


def test_cleared_and_updated_outputs_are_followed():
    collector = Collector()
    shown_first = {"data": {"text/plain": "one"}, "metadata": {}, "transient": {"display_id": "a"}}
    collector.add(message("stream", name="stdout", text="gone"))
    collector.add(message("clear_output", wait=True))
    collector.add(message("display_data", **shown_first))
    collector.add(message("update_display_data", **(shown_first | {"data": {"text/plain": "two"}})))
    assert [output.data for output in collector.outputs] == [{"text/plain": "two"}]


def test_of_outputs_text_and_pixel_pictures_stay():
    collector = Collector()
    data = {"text/html": "<script>", "image/svg+xml": "<svg>", "text/plain": "a figure", "image/png": "aGVsbG8="}
    collector.add(message("display_data", data=data, metadata={}))
    assert [set(output.data) for output in collector.outputs] == [{"text/plain", "image/png"}]
