"""What feedback leaves out: the hidden tests, wherever their lines have got to."""

from nbformat.v4 import new_code_cell, new_notebook, new_output

from notebook_grader.gradebook.feedback import HideTests
from notebook_grader.runner.verdict import HIDDEN_LINE

NBGRADER = {"grade": True, "solution": False, "locked": True, "grade_id": "check_a", "points": 1, "schema_version": 3}
TEST = "check(a)\n### BEGIN HIDDEN TESTS\ncheck(a, secret=31415)\n### END HIDDEN TESTS"


def test_hidden_tests_leave_the_sources_and_all_outputs():
    test = new_code_cell(TEST, metadata={"nbgrader": NBGRADER})
    spy = new_code_cell("print(In)", outputs=[new_output("stream", text="['check(a, secret=31415)']")])
    notebook, _ = HideTests().preprocess(new_notebook(cells=[test, spy]), {})
    assert notebook.cells[0].source == "check(a)"
    assert notebook.cells[1].outputs[0].text == f"['{HIDDEN_LINE}']"


def test_a_marker_in_a_students_own_cell_is_only_text():
    own = new_code_cell("### BEGIN HIDDEN TESTS")
    notebook, _ = HideTests().preprocess(new_notebook(cells=[own]), {})
    assert notebook.cells[0].source == "### BEGIN HIDDEN TESTS"
