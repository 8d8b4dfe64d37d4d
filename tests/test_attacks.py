"""The attacks: a suite with every class, a judge that sees what goes wrong, and our grader, which withstands all."""

import json
import socket
import subprocess
import time
from collections import Counter

import pytest
from typer.testing import CliRunner

from course.attacks import guard
from course.attacks.canaries import KINDS, listening, note_processes, note_scripts, traces
from course.attacks.recipes import ATTACKS
from course.attacks.runs import WORTH, Result, deserved, grade_attacks, judge, keep, record
from course.attacks.suite import load_attacks
from course.attacks.table import attack_table, marks_line
from course.cli import app
from course.console import console
from notebook_grader import GraderError
from notebook_grader.sandbox import Level, probe

CLASSES = (
    "lying objects", "rewriting of tests or interpreter", "forging of outputs and results", "reading what is hidden",
    "writing to what is others'", "network", "crash, exit, signal, hang", "output, memory, disk, process floods",
    "processes left behind", "damaged metadata, JSON, ids", "cells split, copied, moved", "archives and links",
    "active content in outputs", "hard-coded answers", "honest accidents",
)  # fmt: skip
BY_NAME = {attack.name: attack for attack in ATTACKS}
FULL = {"check_double": 2, "check_scale": 3, "check_total": 4}


def test_every_class_has_several_attacks_and_every_attack_a_name_of_its_own():
    counts = Counter(attack.kind for attack in ATTACKS)
    assert set(counts) == set(CLASSES)
    assert min(counts.values()) >= 5 and len(ATTACKS) >= 46
    assert len(BY_NAME) == len(ATTACKS)


def test_what_an_attack_loses_is_an_exercise_of_its_chapter():
    for attack in ATTACKS:
        assert set(attack.loses) <= set(WORTH[attack.chapter]), attack.name
        assert not (attack.refused and attack.loses), attack.name


def test_the_worth_of_the_exercises_is_what_the_chapters_say():
    for chapter, folder in (("01_target", "course/attacks/target/solutions"), ("02_forward_process", "solutions")):
        text = (guard.ROOT / folder / f"{chapter}.py").read_text(encoding="utf-8")
        for exercise, points in WORTH[chapter].items():
            assert f'check="{exercise}" points={points}' in text


def test_attacks_are_chosen_by_name_or_by_class():
    assert [attack.name for attack in load_attacks(["tcp"])] == ["tcp"]
    assert {attack.kind for attack in load_attacks(["network"])} == {"network"}
    with pytest.raises(GraderError, match="No attack is called 'no_such'"):
        load_attacks(["no_such"])


def found(name: str, marks: dict | None, mate: dict | None = FULL, reason: str = "", problem: str = "") -> dict:
    return {
        "marks": {name: marks, f"{name}_mate": mate},
        "reasons": {name: reason} if reason else {},
        "problem": problem,
        "said": {},
    }


def is_right(name: str, *args, harm: tuple = (), **kwargs) -> bool:
    return judge(BY_NAME[name], found(name, *args, **kwargs), list(harm)).is_right


def test_the_judge_accepts_what_is_deserved():
    assert is_right("constant", FULL | {"check_double": 0})
    assert is_right("slow", FULL)
    assert is_right("named_pipe", None, reason="This is no regular file.")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("constant", {"marks": FULL}),
        ("slow", {"marks": FULL | {"check_total": 0}}),
        ("slow", {"marks": FULL | {"check_total": None}}),
        ("slow", {"marks": None, "reason": "not graded"}),
        ("slow", {"marks": FULL, "mate": FULL | {"check_double": 0}}),
        ("slow", {"marks": FULL, "mate": None}),
        ("slow", {"marks": FULL, "harm": ("wrote where it must not",)}),
        ("slow", {"marks": FULL, "problem": "the engine stopped"}),
        ("named_pipe", {"marks": None}),
        ("named_pipe", {"marks": FULL, "reason": "no regular file"}),
    ],
)
def test_the_judge_rejects_a_wrong_mark_a_lost_classmate_a_trace_and_silence(name, fault):
    assert not is_right(name, **fault)


def test_who_comes_to_the_canary_is_written_down(tmp_path):
    with listening(tmp_path) as port:
        for family, place in (
            (socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, f"\0canary-{port}"),
            (socket.AF_UNIX, str(tmp_path / "socket")),
        ):  # fmt: skip
            with socket.socket(family) as line:
                line.connect(place)
                line.sendall(f"by_{family.name}_{len(str(place))}".encode())
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"by_datagram", ("127.0.0.1", port))
        wait_for(lambda: len(list(tmp_path.glob("*.sent"))) == 4)
    assert traces(tmp_path, "by_datagram") == [KINDS["sent"]]
    assert traces(tmp_path, "somebody_else") == []


def wait_for(condition) -> None:
    patience = time.monotonic() + 10
    while not condition() and time.monotonic() < patience:
        time.sleep(0.05)
    assert condition()


def test_a_process_that_stayed_is_found_by_its_name(tmp_path):
    process = subprocess.Popen(["stayed_behind", "60"], executable="/bin/sleep")
    try:
        wait_for(lambda: note_processes(tmp_path, ["stayed_behind", "went_away"]) or any(tmp_path.iterdir()))
    finally:
        process.kill()
        process.wait()
    assert traces(tmp_path, "stayed_behind") == [KINDS["left"]]
    assert traces(tmp_path, "went_away") == []


@pytest.mark.parametrize(
    ("page", "acts"),
    [
        ("<script>canary_ada()</script>", True),
        ("<img src=x onerror='canary_ada()'>", True),
        ("<a href='javascript:canary_ada()'>read</a>", True),
        ("<svg><script type='text/javascript'>canary_ada()</script></svg>", True),
        ("<pre>&lt;script&gt;canary_ada()&lt;/script&gt;</pre>", False),
        ("<script>somebody_elses()</script> canary_ada()", False),
    ],
)
def test_only_what_would_act_in_a_page_is_a_trace(tmp_path, page, acts):
    (tmp_path / "page.html").write_text(page)
    note_scripts(tmp_path, [tmp_path / "page.html"], "ada")
    assert bool(traces(tmp_path, "ada")) == acts


def test_the_table_shows_each_engine_beside_what_is_deserved(capsys):
    chosen = load_attacks(["constant", "tcp"])
    right = Result({"double": 0, "scale": 3, "total": 4}, "", [], True)
    wrong = Result({"double": 2, "scale": 3, "total": 4}, "", ["reached the network"], False)
    with console.capture() as shown:
        console.print(attack_table(chosen, {"stock": {"constant": right, "tcp": wrong}, "ours": {"constant": right}}))
    text = " ".join(shown.get().split())
    assert "│ network │ 0 of 1 │ 0 of 0 │" in text and "│ all │ 1 of 2 │ 1 of 1 │" in text
    assert "not run" in text and "✗ 2 3 4" in text
    assert marks_line(deserved(BY_NAME["named_pipe"])) == "no mark"


def test_results_are_kept_and_added_to(tmp_path):
    one, other = Result(None, "no notebook", [], True), Result({"double": 2.0}, "", ["x"], False)
    keep("ours", {"a": one}, tmp_path)
    keep("ours", {"b": other}, tmp_path)
    assert record("ours", tmp_path) == {"a": one, "b": other}
    assert record("stock", tmp_path) == {}


def test_an_unknown_engine_is_refused():
    result = CliRunner().invoke(app, ["attacks", "--engine", "otter"])
    assert result.exit_code == 1 and "expected stock, ours, or module:function" in result.stderr


@pytest.fixture(scope="module")
def guarded():
    """Skip where no guard can hold an attack: then none is run."""
    try:
        guard.require_guard()
    except GraderError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    "harm",
    [
        "open({outside!r}, 'w')",
        "import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
        "x = bytearray(9_000_000_000)",
    ],
)
def test_nothing_leaves_the_guard(guarded, tmp_path, harm):
    (tmp_path / "box").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = harm.format(outside=str(tmp_path / "outside"), port=listener.getsockname()[1])
        said = guard.run_guarded(["-c", f"open('started', 'w')\n{code}\nopen('done', 'w')"], tmp_path / "box", 60)
    assert "Error" in said
    assert (tmp_path / "box" / "started").exists() and not (tmp_path / "box" / "done").exists()
    assert not (tmp_path / "outside").exists()


def test_nobody_outside_of_the_guard_can_be_killed(guarded, tmp_path):
    code = "import os\nseen = [int(n) for n in os.listdir('/proc') if n.isdigit()]\nopen('seen', 'w').write(str(seen))"
    guard.run_guarded(["-c", code], tmp_path, 60)
    assert len(json.loads((tmp_path / "seen").read_text())) <= 3  # itself and the box: who is not seen cannot be hit


def test_the_guard_ends_what_takes_too_long(guarded, tmp_path):
    started = time.monotonic()
    guard.run_guarded(["-c", "import time; time.sleep(60)"], tmp_path, 2)
    assert time.monotonic() - started < 30


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_engine_that_shares_the_process_with_its_tests_is_seen_through(guarded):
    names = ["transformer_of_trees", "history", "instructors_folder", "child_of_a_test", "constant"]
    results = grade_attacks("benchmarks.warm_kernels.engine:warm", load_attacks(names))
    wrong = {name for name, result in results.items() if not result.is_right}
    assert {"transformer_of_trees", "instructors_folder"} <= wrong
    assert results["constant"].is_right and KINDS["written"] in results["instructors_folder"].harm


@pytest.fixture(scope="module")
def ours(guarded) -> dict[str, Result]:
    """Let our grader grade the whole suite as one class."""
    if probe().level < Level.WALLED:
        pytest.skip("this machine offers no sandbox: our grader refuses to grade")
    return grade_attacks("ours", load_attacks())


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", list(BY_NAME))
def test_an_attack_gets_what_it_deserves_and_costs_nobody_anything(ours, name):
    result = ours[name]
    told = f"{BY_NAME[name].about}: {marks_line(result.marks)}, deserved {marks_line(deserved(BY_NAME[name]))}"
    assert result.is_right, "; ".join([told, *result.harm, result.reason])
