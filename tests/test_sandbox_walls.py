"""What hostile code tries inside, for real: network, files, other processes, the kernel. Each try works outside."""

import functools
import os

import pytest
from sandbox_worlds import FULL, WALLED, close_worlds, world

from notebook_grader.sandbox import probe

NETWORK = (
    "connect_by_tcp", "send_by_udp", "listen", "connect_to_an_abstract_socket", "connect_to_a_socket_file",
    "redirect_a_pair", "talk_to_the_kernel_by_netlink",
)  # fmt: skip
FILES = (
    "read_a_secret", "read_a_solution", "read_a_test", "list_the_folder_of_a_secret", "list_the_course",
    "read_the_users_of_the_machine", "read_a_secret_by_a_link", "read_a_secret_by_a_hard_link",
    "read_a_secret_by_proc", "read_a_secret_in_another_program", "read_about_another_process",
    "read_the_memory_of_another_process", "write_beside_a_secret", "overwrite_a_secret",
    "change_the_rights_of_a_secret", "change_the_time_of_a_secret", "truncate_a_secret", "delete_a_secret",
    "write_to_the_helpers",
    "write_to_shared_memory", "write_to_the_common_folder",
)  # fmt: skip
PROCESSES = (
    "signal_the_warm_process", "signal_the_parent", "trace_the_warm_process", "read_by_process_vm",
    "take_a_descriptor_of_the_warm_process", "limit_the_warm_process", "move_the_warm_process",
    "slow_down_the_warm_process", "look_through_the_first_process", "give_the_warm_process_a_child",
)  # fmt: skip
KERNEL = (
    "make_namespaces", "mount_something", "become_root", "gain_rights_by_a_program", "hold_capabilities", "use_keys",
    "use_bpf", "use_performance_events", "use_io_uring", "use_userfaultfd", "take_memory_that_no_limit_counts",
    "take_shared_memory_that_stays",
)  # fmt: skip
ATTEMPTS = (*NETWORK, *FILES, *PROCESSES, *KERNEL)
NOT_OUTSIDE = {"mount_something", "look_through_the_first_process"}  # the machine's own mounts and first process
HONEST = ("write_in_the_own_folder", "read_a_helper_and_python", "run_programs", "use_devices", "use_an_event_loop")
REFUSALS = ("PermissionError", "FileNotFoundError", "ProcessLookupError", "OSError: [Errno 30]", "OSError: [Errno 38]")
REFUSALS += ("OSError: [Errno 18]", "OSError: [Errno 22]")  # a link out of Landlock's folders; a user without number


@pytest.fixture(scope="module", autouse=True)
def worlds():
    yield
    close_worlds()
    outcomes.cache_clear()


@functools.lru_cache
def outcomes(name: str) -> dict[str, str]:
    return world(name).attempt_all(ATTEMPTS)


@pytest.mark.parametrize("name", FULL + WALLED)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_is_refused(name, attempt):
    assert outcomes(name)[attempt].startswith(REFUSALS)


@pytest.mark.skipif(os.geteuid() != 0, reason="an unprivileged user is refused some of it anyway")
@pytest.mark.parametrize("attempt", [attempt for attempt in ATTEMPTS if attempt not in NOT_OUTSIDE])
def test_an_attempt_works_where_nothing_stops_it(attempt):
    said = world("free, root").attempt(attempt, free=True)["said"]
    if said[0].startswith("OSError: [Errno 38]"):
        pytest.skip("this kernel has no such call")
    if said[0].startswith("PermissionError") and not probe().makes_rooms:
        pytest.skip("this machine refuses it to everybody")
    assert said == ["done", "end"]


@pytest.mark.parametrize("name", FULL + WALLED)
def test_honest_code_goes_on_working(name):
    answer = world(name).attempt("try_all", names=HONEST, limits={})
    assert dict(answer["said"][0]) == dict.fromkeys(HONEST, "done") and answer["status"] == 0


@pytest.mark.parametrize("name", FULL)
def test_nothing_that_was_written_is_left(name):
    assert world(name).attempt("write_in_the_own_folder")["left"] == []


@pytest.mark.parametrize("name", FULL)
def test_each_submission_finds_an_empty_folder(name):
    assert [world(name).attempt("list_the_own_folder")["said"] for _ in range(2)] == [[[], "end"]] * 2


@pytest.mark.parametrize("name", FULL)
def test_only_its_own_processes_are_seen(name):
    number, uid, processes = world(name).attempt("tell_the_numbers")["said"][0]
    assert number == 2 and uid != 0
    assert [process for process in processes if process.isdigit()] == ["1", "2"]


@pytest.mark.parametrize("name", FULL + WALLED)
def test_no_descriptor_but_the_given_ones_stays_open(name):
    descriptors = world(name).attempt("list_descriptors")["said"][0]
    assert descriptors[:3] == [0, 1, 2] and len(descriptors) == 4


@pytest.mark.parametrize("name", FULL)
def test_no_secret_of_the_environment_is_passed_on(name):
    environment, at_the_start = world(name).attempt("tell_the_environment")["said"][0]
    assert "hf_secret" not in str(environment) + at_the_start
    assert environment["COURSE_DATA"] and environment["HOME"] == environment["TMPDIR"]
