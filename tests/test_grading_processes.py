"""Where submissions run: forked or cold the same, limits that hold, and an environment that gives nothing away."""

from pathlib import Path
from queue import Empty

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from instructor import CourseError
from instructor.grading import processes
from instructor.grading.executor import GradingExecute
from instructor.grading.kernel import Kernel
from instructor.grading.processes import NURSERY

pytestmark = pytest.mark.slow

STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
RANDOM = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1))"


@pytest.fixture(scope="module")
def warm():
    with NURSERY.open():
        yield NURSERY


@pytest.fixture
def start(warm):
    """Return a function that starts a kernel and waits for it; all are closed in the end."""
    started = []

    def new() -> Kernel:
        started.append(Kernel())
        started[-1].wait_until_ready()
        return started[-1]

    yield new
    for kernel in started:
        kernel.close()


def text(run) -> str:
    return "".join(output.get("text", "") for output in run.outputs)


def kind(kernel: Kernel) -> str:
    return type(kernel._process).__name__


def test_a_kernel_is_forked_from_a_process_that_has_imported_all(start):
    kernel = start()
    assert kind(kernel) == "_Warm"
    imported = "import sys; print('diffusers.pipelines.deepfloyd_if.pipeline_if' in sys.modules)"
    assert text(kernel.run(imported, 10)) == "True\n"


def test_outputs_that_come_after_the_reply_are_kept(start, monkeypatch):
    kernel = start()
    late = kernel._client.get_iopub_msg
    answered = []

    def reply(*arguments, **options):
        answered.append(True)
        return shell(*arguments, **options)

    def delayed(timeout):
        if not answered:  # a busy machine: the reply is there before any output
            raise Empty
        return late(timeout=timeout)

    shell = kernel._client.get_shell_msg
    monkeypatch.setattr(kernel._client, "get_shell_msg", reply)
    monkeypatch.setattr(kernel._client, "get_iopub_msg", delayed)
    assert text(kernel.run("for n in range(3):\n    print(n, flush=True)", 10)) == "0\n1\n2\n"


def test_every_kernel_starts_with_the_same_random_numbers(start):
    assert text(start().run(RANDOM, 10)) == text(start().run(RANDOM, 10)) != ""


def test_no_secret_and_no_proxy_is_passed_on(start, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://secret")
    seen = text(start().run("import os; print(dict(os.environ))", 10))
    assert "secret" not in seen and "'COURSE_PROFILE': 'grade'" in seen


def test_code_for_a_gpu_runs_on_the_cpu(start):
    run = start().run("import torch; print(torch.ones(2, device='cuda').half().cuda().sum().item())", 20)
    assert (run.status, text(run)) == ("ok", "2.0\n")


def test_a_loop_is_interrupted_and_the_state_stays(start):
    kernel = start()
    assert kernel.run("x = 5", 10).status == "ok"
    assert kernel.run("while True:\n    pass", 1).status == "timeout"
    assert text(kernel.run("print(x)", 10)) == "5\n"


@pytest.mark.parametrize("source", [STUBBORN, "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"])
def test_what_does_not_heed_an_interrupt_is_killed(start, source):
    kernel = start()
    assert kernel.run(source, 1).status == "timeout"
    assert not kernel.is_alive
    assert kernel.run("1", 1).status == "died"


def test_when_the_warm_process_is_gone_a_cold_one_takes_its_place():
    nursery = processes.Nursery()
    with pytest.MonkeyPatch.context() as patch, nursery.open():
        patch.setattr("instructor.grading.kernel.NURSERY", nursery)
        nursery._process.kill()
        nursery._process.wait()
        kernel = Kernel()
        kernel.wait_until_ready()
        assert kind(kernel) == "_Cold"
        assert text(kernel.run("import os; print(os.environ['COURSE_PROFILE'])", 10)) == "grade\n"
        kernel.close()


def test_a_broken_installation_is_a_clear_error_before_anybody_is_graded(monkeypatch):
    monkeypatch.setattr(processes, "warm_modules", lambda: ["helpers.no_such_module"])
    with pytest.raises(CourseError, match="no_such_module"), processes.Nursery().open():
        pytest.fail("it must not open")


def test_when_a_notebook_has_used_up_its_time_the_rest_gets_nothing_but_a_reason(warm):
    nbgrader = {"grade": True, "solution": False, "locked": True, "points": 2, "schema_version": 3}
    test = new_code_cell("print('passed')", metadata={"nbgrader": nbgrader | {"grade_id": "check_a"}})
    notebook = new_notebook(cells=[new_code_cell("import time\ntime.sleep(20)"), new_code_cell("1"), test])
    GradingExecute(cell_limit=30, notebook_limit=2).preprocess(notebook, {})
    assert determine_grade(test) == (0, 2)
    assert "the cells before took all 2 s" in test.outputs[0].evalue


def test_nothing_is_left_behind(start):
    kernel = start()
    folder = Path(kernel._folder.name)
    kernel.close()
    assert not folder.exists() and not kernel.is_alive
