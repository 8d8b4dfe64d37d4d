"""What the code may take, and how it ends: alone, with all that it has started, and with an honest status."""

import os
import select
import signal
import time

import pytest
from sandbox_world import World
from sandbox_worlds import FULL, WALLED, close_worlds, world

FIRST = {"only_first": True, "seconds": 10}


@pytest.fixture(scope="module", autouse=True)
def worlds():
    yield
    close_worlds()


ERRORS = {
    "take_20_gb": "MemoryError",
    "take_20_gb_shared": "OSError: [Errno 12]",
    "write_a_large_file": "OSError: [Errno 27]",
    "raise_a_limit": "ValueError",
    "open_many_files": "OSError: [Errno 24]",
}


@pytest.mark.parametrize("name", FULL + WALLED)
def test_a_limit_is_an_error_in_the_code_that_meets_it(name):
    met = world(name).attempt_all(tuple(ERRORS))
    assert {attempt: met[attempt][: len(error)] for attempt, error in ERRORS.items()} == ERRORS


@pytest.mark.parametrize("name", FULL)
def test_where_memory_is_short_the_code_ends_before_anything_else(name):
    assert world(name).attempt("tell_who_ends_first")["said"][0] == 1000


@pytest.mark.parametrize("name", FULL)
def test_many_small_files_are_limited_too(name):
    assert world(name).attempt("write_many_files")["said"][0].startswith("OSError: [Errno 28]")


@pytest.mark.parametrize("name", [*FULL, "walled, root"])
def test_a_fork_bomb_stays_inside_and_is_gone_in_the_end(name):
    answer = world(name).attempt("fork_many", **FIRST)
    assert answer["said"][0].startswith("BlockingIOError")
    assert answer["is_empty"]


@pytest.mark.parametrize("name", FULL + WALLED)
@pytest.mark.parametrize("attempt", ["leave_the_session", "leave_a_child"])
def test_what_is_left_behind_ends_with_the_code_that_started_it(name, attempt):
    assert world(name).attempt(attempt, wait=1, **FIRST)["is_empty"]


@pytest.mark.parametrize("name", [FULL[0], WALLED[1]])
def test_processor_time_is_limited(name):
    answer = world(name).attempt("use_processor_time", seconds=30)
    assert os.WTERMSIG(answer["status"]) in (signal.SIGXCPU, signal.SIGKILL)


@pytest.mark.parametrize("name", FULL + WALLED)
def test_an_interrupt_reaches_the_code(name):
    assert world(name).attempt("heed_an_interrupt")["said"] == ["ready", "interrupted", "end"]


@pytest.mark.parametrize("name", FULL + WALLED)
def test_code_that_heeds_no_signal_is_killed_at_once(name):
    answer = world(name).attempt("be_stubborn", seconds=0.3)
    assert answer["said"] == ["silence"] and answer["is_empty"]
    assert os.WTERMSIG(answer["status"]) == signal.SIGKILL and answer["seconds"] < 2


@pytest.mark.parametrize("name", FULL + WALLED)
@pytest.mark.parametrize(
    ("attempt", "code"), [("end_at_once", 7), ("abort", -6), ("kill_itself", -9), ("crash", -11), ("use_devices", 0)]
)
def test_the_status_says_how_the_code_ended(name, attempt, code):
    assert os.waitstatus_to_exitcode(world(name).attempt(attempt, wait=5)["status"]) == code


@pytest.mark.parametrize("name", FULL[:2])
def test_nothing_outlives_a_grader_that_was_killed(name):
    world(name)  # skips where there is no such sandbox
    reading, writing = os.pipe()
    killed = World(nobody="root" not in name and os.geteuid() == 0, fds=[writing])
    killed.begin("be_stubborn", keep=[writing])
    os.close(writing)
    time.sleep(0.5)
    assert not _has_ended(reading, 0)  # the code runs, and holds the other end of the pipe
    killed.process.kill()
    assert _has_ended(reading, 10)
    killed.close()
    os.close(reading)


def _has_ended(descriptor: int, seconds: float) -> bool:
    """Tell whether nobody holds the other end of a pipe, after so many seconds at most."""
    return bool(select.select([descriptor], [], [], seconds)[0])
