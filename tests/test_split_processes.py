"""Students' processes behind the split: clean forks in a sandbox, limits that hold, no test inside."""

import contextlib
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from notebook_grader import GraderError
from notebook_grader.runner import engine, processes
from notebook_grader.runner.channel import Channel
from notebook_grader.runner.engine import open_split_engine
from notebook_grader.sandbox import SandboxError

pytestmark = pytest.mark.slow

LIMITS = {"cell": 6, "notebook": 60}
open_engine = partial(open_split_engine, trusted=True)  # with what walls this machine offers
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
RANDOM = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1))"
DOUBLE = "def double(number):\n    return 2 * number"


@pytest.fixture(scope="module")
def held():
    with open_engine(LIMITS) as engine:
        yield engine


def test_cell(source: str, name: str = "check_double"):
    nbgrader = {"grade": True, "solution": False, "locked": True, "points": 2, "schema_version": 3, "grade_id": name}
    return new_code_cell(source, metadata={"nbgrader": nbgrader})


test_cell.__test__ = False


@pytest.fixture
def ran(held):
    """Return a function that runs cells (texts, or test cells) and returns what each showed, errors too."""

    def run(*cells) -> list[str]:
        notebook = new_notebook(cells=[new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells])
        run.report = held.run(notebook)
        run.cells = notebook.cells
        return [text(cell) for cell in notebook.cells]

    return run


def text(cell) -> str:
    return "".join(output.get("text", "") or output.get("evalue", "") for output in cell.outputs)


def points(cell) -> float:
    return determine_grade(cell)[0]


def test_everything_is_imported_before_the_first_cell(ran):
    assert ran("import sys; print('diffusers.pipelines.deepfloyd_if.pipeline_if' in sys.modules)") == ["True\n"]


def test_every_process_starts_with_the_same_random_numbers(ran):
    assert ran(RANDOM) == ran(RANDOM) != [""]


def test_a_cell_shows_prints_results_pictures_and_errors(ran):
    ran("print('a'); 1 + 1", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "1 / 0")
    shown, figure, error = ran.cells
    assert [output.output_type for output in shown.outputs] == ["stream", "execute_result"]
    assert "image/png" in figure.outputs[-1].data
    assert "ZeroDivisionError" in error.outputs[0].traceback[-1]


def test_code_for_a_gpu_runs_on_the_cpu(ran):
    assert ran("import torch; print(torch.ones(2, device='cuda').half().cuda().sum().item())") == ["2.0\n"]


def test_a_loop_is_interrupted_and_the_state_stays(ran):
    shown = ran("x = 5", "while True:\n    pass", "print(x)")
    assert "still running after 6 s" in shown[1] and shown[2] == "5\n"


@pytest.mark.parametrize("source", [STUBBORN, "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"])
def test_what_does_not_heed_an_interrupt_is_killed_and_the_cells_before_run_again(ran, source):
    shown = ran("x = 5", source, "print(x)")
    assert "still running" in shown[1] and shown[2] == "5\n"


@pytest.mark.parametrize("source", ["import os; os._exit(0)", "import ctypes; ctypes.string_at(0)"])
def test_a_process_that_ends_costs_the_test_that_called_it(ran, source):
    function = f"def double(number):\n    {source}"
    ran("y = 1", function, test_cell("assert double(1) == 2"), "print(y)", test_cell("assert y == 1"))
    assert [points(ran.cells[place]) for place in (2, 4)] == [0, 2]
    assert "process that ran the notebook ended" in text(ran.cells[2])


def test_a_test_runs_outside_of_the_process_and_calls_into_it(ran):
    where = "import os\ndef pid():\n    return os.getpid()"
    ran(where, DOUBLE, test_cell("import os\nassert pid() != os.getpid() and double(4) == 8"))
    assert points(ran.cells[2]) == 2


def figure(source: str):
    return new_code_cell(source, metadata={"course": {"figure": "any", "as_released": True}})


def test_a_figure_is_run_only_where_something_graded_needs_it(ran):
    costly = "print('drawn')\nfactor = 2"
    plain = ran(figure(costly), DOUBLE, test_cell("assert double(4) == 8"))
    assert "Not run for grading" in plain[0] and points(ran.cells[2]) == 2
    needed = ran(figure(costly), "def double(number):\n    return factor * number", test_cell("assert double(4) == 8"))
    assert needed[0] == "drawn\n" and points(ran.cells[2]) == 2
    own = ran(figure(costly), "print(factor)")
    assert own == ["drawn\n", "2\n"]


def test_no_line_of_a_test_is_in_the_memory_of_the_process(ran):
    secret = "a_secret_that_only_the_test_knows"
    search = (
        "import gc\ndef double(number):\n"
        "    found = [s for o in gc.get_objects() if isinstance(o, (dict, list, tuple)) for s in list(o) "
        "if isinstance(s, str) and s.startswith('a_secret') and s.endswith('test_knows') and '+' not in s]\n"
        "    return len(found)"
    )
    ran(
        search,
        test_cell(f"{secret} = 1\nassert double(1) == 0"),
        f"x = ['{secret}']",
        test_cell("assert double(1) > 0"),
    )
    assert (points(ran.cells[1]), points(ran.cells[3])) == (2, 2)


def test_a_process_that_answers_twice_is_ended_and_costs_nobody_else_anything(ran):
    twice = "import os\ndef double(number):\n    os.fork()\n    return 0\ndef triple(number):\n    return 3 * number"
    ran(twice, test_cell("assert double(2) == 4"), test_cell("assert triple(2) == 6", "check_triple"))
    assert [points(cell) for cell in ran.cells[1:]] == [0, 2]


def test_a_text_that_no_file_can_hold_is_mended(ran):
    ran("print('\\ud800')", "def double(number):\n    raise ValueError('\\ud800')", test_cell("assert double(2) == 4"))
    for cell in ran.cells:
        text(cell).encode("utf-8")
    assert text(ran.cells[0]) == "?\n"


def test_an_object_that_is_equal_to_everything_gets_nothing(ran):
    liar = "class Liar:\n    def __eq__(self, other):\n        return True\ndef double(number):\n    return Liar()"
    ran(liar, test_cell("assert double(1) == 2"))
    assert points(ran.cells[1]) == 0


def test_what_a_test_prints_and_what_the_students_function_prints_are_both_shown(ran):
    shown = ran("def double(number):\n    print('inside')\n    return 2", test_cell("double(1)\nprint('outside')"))
    assert shown[1] == "inside\noutside\n"


def test_an_error_in_a_students_function_shows_their_own_line(ran):
    ran("def double(number):\n    return number.missing", test_cell("assert double(1) == 2"))
    shown = "\n".join(ran.cells[1].outputs[0].traceback)
    assert "return number.missing" in shown and "assert double" not in shown


def test_a_name_that_is_missing_is_said(ran):
    assert "name 'double' is not defined" in ran(test_cell("assert double(1) == 2"))[0]


def test_a_student_cannot_replace_pythons_own_functions_for_a_test(ran):
    ran("def len(x):\n    return 2\ndef print(*a):\n    pass", test_cell("assert len([1, 2, 3]) == 3"))
    assert points(ran.cells[1]) == 2


def test_a_mistake_that_a_check_names_is_in_the_report(ran):
    setup = new_code_cell("from helpers.checks import check_forward", metadata={"course": {"setup": True}})
    answer = "import torch\ndef forward(im, t):\n    return im"
    ran(setup, answer, test_cell("check_forward(forward)", "check_forward"))
    (mistake,) = ran.report.mistakes
    assert mistake["check"] == mistake["exercise"].join(["check_", ""]) and mistake["symptom"].startswith(
        "x_t is wrong"
    )


def test_a_check_is_ours_whatever_the_student_puts_under_its_name(ran):
    setup = new_code_cell("from helpers.checks import check_forward", metadata={"course": {"setup": True}})
    forged = "def check_forward(*a, **k):\n    pass\nforward = abs"
    ran(setup, forged, test_cell("check_forward(forward)"))
    assert points(ran.cells[2]) == 0


def test_hidden_tests_get_other_inputs_with_another_answer_and_the_same_with_the_same(ran):
    setup = new_code_cell("from helpers.checks import check_snr", metadata={"course": {"setup": True}})
    answer = "seen = []\ndef snr(t):\n    seen.append(int(t))\n    return 1.0 * t  # {}"
    test = "try:\n    check_snr(snr{})\nexcept AssertionError:\n    pass\nprint(show())"
    show = "def show():\n    return seen"

    def seen(name: str, seed: str) -> str:
        return ran(setup, answer.format(name), show, test_cell(test.format(seed)))[-1]

    assert seen("a", ", seed=1") == seen("a", ", seed=1")
    assert len({seen(name, ", seed=1") for name in "abcd"}) > 1
    assert len({seen(name, "") for name in "abcd"}) == 1


def test_a_late_answer_to_an_earlier_test_costs_the_next_cell_nothing(ran):
    forks = "import os, time\ndef double(number):\n    if os.fork() == 0:\n        time.sleep(0.5)\n    return 0"
    honest = "import time\ntime.sleep(1)\nscale = 3"
    *_, shown = ran(forks, test_cell("assert double(2) == 4"), honest, test_cell("assert scale == 3", "check_scale"))
    assert shown == "" and [points(ran.cells[place]) for place in (1, 3)] == [0, 2]


def test_when_a_notebook_has_used_up_its_time_the_rest_gets_nothing_but_a_reason():
    with open_engine({"cell": 30, "notebook": 2}) as engine:
        notebook = new_notebook(
            cells=[new_code_cell("import time\ntime.sleep(20)"), new_code_cell("1"), test_cell("1")]
        )
        engine.run(notebook)
    assert points(notebook.cells[2]) == 0
    assert "the cells before took all 2 s" in notebook.cells[2].outputs[0].evalue


def test_no_secret_and_no_proxy_is_passed_on(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://secret")
    with open_engine(LIMITS) as engine:
        notebook = new_notebook(cells=[new_code_cell("import os; print(dict(os.environ), os.listdir('.'))")])
        engine.run(notebook)
    assert "secret" not in text(notebook.cells[0]) and "'COURSE_PROFILE': 'grade'" in text(notebook.cells[0])
    assert text(notebook.cells[0]).endswith("[]\n")


def test_a_judge_that_was_killed_is_replaced_and_the_notebook_is_graded(held):
    before = _children(held._warm._process.pid)
    for pid in before:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert doubled(held) == 2


def test_a_nursery_that_was_killed_is_replaced_by_a_cold_one_with_the_same_marks(held):
    held.run(new_notebook(cells=[new_code_cell("1")]))
    (judge,) = _children(held._warm._process.pid)
    for pid in _children(judge):
        os.kill(pid, signal.SIGKILL)
    notebook = new_notebook(cells=[new_code_cell(RANDOM), new_code_cell(DOUBLE), test_cell("assert double(2) == 4")])
    held.run(notebook)
    assert points(notebook.cells[2]) == 2
    held.close()
    again = new_notebook(cells=[new_code_cell(RANDOM)])
    held.run(again)
    assert text(again.cells[0]) == text(notebook.cells[0])


def test_a_broken_installation_is_a_clear_error_before_anybody_is_graded(monkeypatch):
    monkeypatch.setattr(engine, "_environment", lambda: dict(os.environ) | {"PYTHONPATH": "/nowhere"})
    monkeypatch.setattr(processes, "__name__", "helpers.no_such_module")
    with pytest.raises(GraderError, match="no_such_module"), open_split_engine(LIMITS):
        pytest.fail("it must not open")


def test_a_machine_that_cannot_shut_code_in_is_refused_unless_the_notebooks_are_trusted(monkeypatch):
    class Weak:
        level, lines = engine.Level.LIMITS, ["sandbox level limits"]

        def __init__(self, shared):
            pass

        def end(self):
            pass

    monkeypatch.setattr(engine, "_Warm", Weak)
    with pytest.raises(GraderError, match="--i-trust-these-notebooks"), open_split_engine(LIMITS):
        pytest.fail("it must not open")
    with open_split_engine(LIMITS, trusted=True):
        pass


def test_engines_of_one_computer_share_a_warm_process(tmp_path):
    with open_engine(LIMITS, tmp_path) as one, open_engine(LIMITS, tmp_path) as other:
        assert one._warm._process and not other._warm._process
        assert [doubled(engine) for engine in (one, other)] == [2, 2]
        assert len(_children(one._warm._process.pid)) == 2  # a judge for each


def test_a_shared_warm_process_that_was_killed_is_started_again_by_whoever_needs_it(tmp_path):
    with open_engine(LIMITS, tmp_path) as one, open_engine(LIMITS, tmp_path) as other:
        killed = one._warm._process
        killed.kill()
        killed.wait()
        assert doubled(other) == 2  # its judge was forked before
        other.close()
        assert doubled(other) == 2 and other._warm._process


def doubled(engine) -> float:
    notebook = new_notebook(cells=[new_code_cell(DOUBLE), test_cell("assert double(2) == 4")])
    engine.run(notebook)
    return points(notebook.cells[1])


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with open_engine(LIMITS) as engine:
        engine.run(new_notebook(cells=[new_code_cell("import subprocess; subprocess.Popen(['sleep', '600'])")]))
        family = [engine._warm._process.pid, *_children(engine._warm._process.pid)]
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]


def _children(pid: int) -> list[int]:
    """Return the processes that a process has forked; one whose parent has ended belongs to nobody."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("said", [{"failed": "Landlock did not hold."}, None])
def test_a_process_that_does_not_get_into_the_sandbox_is_no_students_fault(said):
    ours, theirs = socket.socketpair()
    with theirs:
        if said:
            Channel(theirs).send(said)
    with pytest.raises(SandboxError, match="(Landlock did not hold|ended before).*Grade this hand-in again"):
        processes._entered(Channel(ours))
