"""All batches of an engine, and their record in build/attacks."""

import json
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from course.attacks.batch import CELL_LIMIT, Batch, mate_of
from course.attacks.canaries import traces
from course.attacks.engines import STOCK_LIMIT
from course.attacks.guard import require_guard, run_guarded
from course.attacks.recipes import Attack
from course.attacks.suite import make_course
from course.paths import ROOT, Paths

_log = logging.getLogger(__name__)
_START, _EACH = 240, 6 * CELL_LIMIT  # seconds: to start on a busy machine, and for an attack with its classmate


class Result(NamedTuple):
    """What one engine made of one attack.

    marks    by exercise; None: no mark
    reason   why there is no mark, or why the engine stopped
    harm     what the attack reached, one phrase each
    is_right whether marks, harm and classmate are as they should be
    said     the first words of each test that failed
    """

    marks: dict[str, float | None] | None
    reason: str
    harm: list[str]
    is_right: bool
    said: list[str] = []


def grade_attacks(
    engine: str, attacks: list[Attack], tell: Callable[[str, Result], None] = lambda *_: None
) -> dict[str, Result]:
    """Let an engine grade attacks, in batches behind the guard; return the results by name.

    Raises CourseError where there is no guard on this machine.
    """
    require_guard()
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True) as folder:
        course = make_course(Path(folder).resolve())
        waiting = _batches(engine, attacks)
        while waiting:
            together = waiting.pop(0)
            found = _grade_batch(engine, Path(folder).resolve() / "batch", course, together)
            if isinstance(found, str) and len(together) > 1:  # somebody ended the grader: find out who
                _log.warning("one of %d attacks ended the grader, halves are tried: %s", len(together), found)
                middle = len(together) // 2
                waiting[:0] = [together[:middle], together[middle:]]
                continue
            for attack in together:
                results[attack.name] = _ended(found) if isinstance(found, str) else found[attack.name]
                tell(attack.name, results[attack.name])
    return results


def _batches(engine: str, attacks: list[Attack]) -> list[list[Attack]]:
    """Stock nbgrader stops at many attacks: each gets a class. A kernel's process survives all but a few."""
    if engine == "stock":
        return [[attack] for attack in attacks]
    alone = [[attack] for attack in attacks if attack.alone and engine not in ("stock", "ours")]
    together = [attack for attack in attacks if [attack] not in alone]
    return [batch for batch in (together, *alone) if batch]


def _grade_batch(engine: str, folder: Path, course: Paths, attacks: list[Attack]) -> dict[str, Result] | str:
    """Grade one class; return the results, or the last words of a grader that was ended by one of its attacks."""
    batch = Batch(folder, course, attacks)
    batch.make()
    names = [attack.name for attack in attacks]
    seconds = _START + (STOCK_LIMIT if engine == "stock" else _EACH) * len(attacks)
    arguments = ["-m", "course.attacks.inside", engine, str(folder), str(course.root), *names]
    said = run_guarded(arguments, folder, seconds)
    if not batch.written.is_file():
        raise RuntimeError(f"the hand-ins could not be written: {said}")
    if not batch.outcome.is_file():
        return said or "nothing"
    found = json.loads(batch.outcome.read_text(encoding="utf-8"))
    if found["problem"] and len(attacks) > 1:
        return found["problem"]
    return {attack.name: judge(attack, found, traces(batch.canary, attack.name)) for attack in attacks}


def judge(attack: Attack, found: dict, harm: list[str]) -> Result:
    """Compare what an attack got with what it deserves.

    found  marks and reasons by student, and the problem of the whole class
    harm   the traces that the attack has left
    """
    marks, reason = found["marks"][attack.name], found["problem"] or found["reasons"].get(attack.name, "")
    mate = found["marks"][mate_of(attack)]
    if mate != {f"check_{name}": points for name, points in WORTH[attack.chapter].items()}:
        harm = [*harm, "cost a classmate marks"]
    shown = {name.removeprefix("check_"): points for name, points in marks.items()} if marks else None
    is_right = not harm and shown == deserved(attack) and bool(reason) == attack.refused
    return Result(shown, reason, harm, is_right, found["said"].get(attack.name, []))


def deserved(attack: Attack) -> dict[str, float] | None:
    """Return the marks that an attack deserves; None: no mark, but a reason."""
    return None if attack.refused else {n: p * attack.deserves(n) for n, p in WORTH[attack.chapter].items()}


def _ended(said: str) -> Result:
    return Result(None, f"the grader was ended by it: {said}", ["ended the grader"], False)


# What the exercises are worth, for the two chapters that are attacked.
WORTH = {
    "01_target": {"double": 2, "scale": 3, "total": 4},
    "02_forward_process": {"forward": 5, "snr": 2, "small_steps": 4},
}


def record(engine: str, root: Path = ROOT) -> dict[str, Result]:
    """Read what an engine got before."""
    path = _record_path(engine, root)
    if not path.is_file():
        return {}
    return {name: Result(**fields) for name, fields in json.loads(path.read_text(encoding="utf-8")).items()}


def recorded_engines(root: Path = ROOT) -> list[str]:
    """Return the engines that something is on record of."""
    return sorted(path.stem.replace("..", ":") for path in (Paths(root).build / "attacks").glob("*.json"))


def keep(engine: str, results: dict[str, Result], root: Path = ROOT) -> None:
    """Add results to an engine's record."""
    path = _record_path(engine, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    everything = record(engine, root) | results
    written = path.with_suffix(".new")
    written.write_text(json.dumps({n: r._asdict() for n, r in everything.items()}, indent=1), encoding="utf-8")
    shutil.move(written, path)


def _record_path(engine: str, root: Path) -> Path:
    return Paths(root).build / "attacks" / f"{engine.replace(':', '..')}.json"
