"""Which level is reached and said, that a broken promise is an error, and that PyTorch works inside."""

import os
import shutil
import signal
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import landlock
import pytest
from sandbox_world import ROOT, World
from sandbox_worlds import FULL, close_worlds, require_file_trees, world

from notebook_grader.sandbox import Keeper, Level, Part, Probe, SandboxError, check_hidden, probe
from notebook_grader.sandbox.reach import links, readable

ALL = frozenset(Part)
WALLS = {Part.LIMITS, Part.IDENTITY, Part.SYSCALLS}


@pytest.fixture(scope="module", autouse=True)
def worlds():
    yield
    close_worlds()


@pytest.mark.parametrize(
    ("holds", "level"),
    [
        (ALL, Level.FULL),
        (ALL - {Part.USER, Part.PROC, Part.SCOPE}, Level.FULL),
        *((ALL - {part}, Level.WALLED) for part in (Part.PID, Part.NETWORK, Part.IPC, Part.PROCESSES)),
        *((ALL - {part}, Level.WALLED) for part in (Part.VIEW, Part.LANDLOCK)),
        *((WALLS | {part}, Level.WALLED) for part in (Part.VIEW, Part.LANDLOCK)),
        (WALLS, Level.LIMITS),
        *((ALL - {part}, Level.LIMITS) for part in (Part.IDENTITY, Part.SYSCALLS)),
        ({Part.LIMITS}, Level.LIMITS),
        (ALL - {Part.LIMITS}, Level.NONE),
        ((), Level.NONE),
    ],
)
def test_the_level_follows_from_the_parts_that_hold(holds, level):
    assert Probe(frozenset(holds), {}, False).level == level


def test_the_level_and_what_is_missing_are_said_in_sentences():
    said = Probe(ALL - {Part.PID}, {Part.PID: "unshare: no"}, False).lines()
    assert said[0].startswith("sandbox level walled: No network") and len(said) == 2
    assert "missing: a namespace of its own for processes" in said[1] and "(unshare: no)" in said[1]


def test_every_part_is_tried_and_has_a_reason_where_it_is_missing():
    found = probe()
    assert found.holds | set(found.missing) == ALL and not found.holds & set(found.missing)
    assert all(found.missing.values())


@pytest.mark.parametrize(
    ("call", "lost", "level"),
    [
        ("unshare", {"PID", "NETWORK", "IPC", "VIEW", "PROC"}, "WALLED"),
        ("setns", {"PID", "NETWORK", "IPC", "VIEW", "PROC"}, "WALLED"),
        ("pivot_root", {"VIEW", "PROC"}, "WALLED"),
        ("landlock_restrict_self", {"LANDLOCK", "SCOPE"}, "WALLED"),
        ("seccomp", {"SYSCALLS"}, "LIMITS"),
    ],
)
def test_on_a_machine_that_lacks_a_call_the_parts_that_need_it_are_missing(call, lost, level):
    if world(FULL[0] if os.geteuid() == 0 else FULL[1]).facts["level"] != "FULL":
        pytest.skip("this machine offers no sandbox of level FULL")
    broken = World(near=os.geteuid() == 0, extra=("--lacking", call))
    broken.close()
    assert lost <= set(Part.__members__) - set(broken.facts["parts"])
    assert broken.facts["level"] == level


def test_where_the_system_offers_namespaces_landlock_and_seccomp_the_level_is_full():
    as_user = [] if os.geteuid() == 0 else ["--user"]
    command = ["unshare", *as_user, "--mount", "--pid", "--net", "--ipc", "--fork", "--mount-proc", "true"]
    if not shutil.which("unshare") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine offers no namespaces, or no command to try them")
    try:
        landlock.landlock_abi_version()
    except OSError:
        pytest.skip("this machine offers no Landlock")
    if find_library("seccomp") is None:
        pytest.skip("libseccomp is not installed")
    assert probe().level == Level.FULL, probe().lines()


def test_what_holds_does_not_depend_on_who_else_tries_at_the_same_time():
    """Two graders may start at once: the processes of one's trials must not count for the other's."""
    command = [sys.executable, "-m", "notebook_grader.sandbox.trials"]
    alone = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    together = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(8)]
    assert {each.communicate()[0] for each in together} == {alone}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be both")
@pytest.mark.parametrize("options", [{}, {"renamed": True}])
def test_an_unprivileged_user_is_walled_off_as_well_as_root_is(options):
    require_file_trees()
    user = World(nobody=True, **options)
    user.close()
    if "USER" not in user.facts["parts"]:
        pytest.skip("this machine lets nobody make user namespaces")
    assert user.facts["level"] == world("full, root").facts["level"]


def test_where_nothing_holds_trusted_code_runs_all_the_same():
    bare = World(without=tuple(Part.__members__))
    assert bare.facts["level"] == "NONE"
    assert bare.attempt("write_in_the_own_folder")["said"] == ["done", "end"]
    assert bare.attempt("heed_an_interrupt")["said"] == ["ready", "interrupted", "end"]
    assert bare.attempt("be_stubborn", seconds=0.3)["status"] == signal.SIGKILL
    bare.close()


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize(
    "call", ["setns", "landlock_create_ruleset", "landlock_restrict_self", "prlimit64", "seccomp", "setsid", "chdir"]
)
def test_a_wall_that_does_not_hold_after_all_is_an_error_before_any_code_runs(name, call):
    answer = world(name).attempt("use_devices", broken=call)
    assert answer["said"][0].startswith("SandboxError: entering the sandbox failed:")
    assert "Nothing was run" in answer["said"][0] and len(answer["said"]) == 2


@pytest.mark.parametrize("name", FULL)
def test_a_folder_that_is_not_empty_is_refused(name):
    answer = world(name).attempt("use_devices", filled=True)
    assert "is no empty folder" in answer["problem"]


@pytest.mark.skipif(os.geteuid() != 0, reason="it would take the test's own process into a user namespace")
def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(tmp_path):
    if not probe().makes_rooms:
        pytest.skip("this machine offers no namespaces")
    (tmp_path / "late").mkdir()
    (tmp_path / "next").mkdir()
    keeper = Keeper(probe())
    keeper._line.settimeout(1e-6)
    with pytest.raises(SandboxError, match="making a room failed: timed out"):
        keeper.room(tmp_path / "late")
    keeper._line.settimeout(10)
    room = keeper.room(tmp_path / "next")
    information = Path(f"/proc/self/fdinfo/{room._place.door}").read_text()
    first = information.partition("\nPid:")[2].split()[0]
    inside = Path(f"/proc/{first}/root{tmp_path}")
    assert [path.name for path in inside.iterdir()] == ["next"]
    room.end()
    keeper.close()


@pytest.mark.slow
def test_pytorch_matplotlib_and_pillow_work_inside():
    inside = World(extra=("--torch",))
    answer = inside.attempt("use_pytorch", limits={}, seconds=60)
    inside.close()
    assert answer["said"] == ["done", "end"] and answer["status"] == 0


def test_a_link_to_the_environment_is_followed_and_its_target_alone_can_be_read(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    code = "from notebook_grader.sandbox.reach import links, readable; print(*readable(), *sum(links(), ()), sep='\\n')"
    own = {"COURSE_DATA": str(tmp_path / "real"), "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | own, capture_output=True, text=True, check=True
    )
    assert str(tmp_path / "real") in said.stdout.splitlines()
    assert str(tmp_path) not in said.stdout.splitlines()


def test_nothing_readable_lies_in_a_folder_of_secrets():
    folders = [ROOT / name for name in ("solutions", "tests", "class", "build", "course")]
    assert not [(path, folder) for path in readable() for folder in folders if path.is_relative_to(folder)]
    assert ROOT / "helpers" in readable() and ROOT not in readable()
    assert all(target == link.resolve() for link, target in links())
    check_hidden(folders)


def test_a_secret_below_a_readable_folder_is_an_error_that_names_both():
    with pytest.raises(SandboxError, match="helpers/checks lies below .*helpers"):
        check_hidden([ROOT / "helpers" / "checks"])


def test_data_inside_a_folder_of_secrets_is_an_error(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(ROOT / "tests" / "fixtures"))
    readable.cache_clear()
    try:
        with pytest.raises(SandboxError, match="COURSE_DATA lies in"):
            check_hidden([ROOT / "tests"])
    finally:
        monkeypatch.undo()
        readable.cache_clear()
