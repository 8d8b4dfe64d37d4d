"""Grades one batch within the guard; run as `python -m course.attacks.inside ENGINE BATCH COURSE NAMES...`."""

import json
import sys
import time
from pathlib import Path

from course.attacks.batch import Batch, mate_of
from course.attacks.canaries import listening, note_processes, note_scripts
from course.attacks.engines import find_engine, handed_in
from course.attacks.suite import load_attacks
from course.paths import Paths

_AFTERMATH = 4  # seconds in which a process that stayed could still do something


def main(engine: str, folder: str, course: str, *names: str) -> None:
    """Write the hand-ins, let the engine grade them, and write down the marks and the traces."""
    batch = Batch(Path(folder), Paths(Path(course)), load_attacks(list(names)))
    with listening(batch.canary) as port:
        batch.write_hand_ins(handed_in(engine, batch), engine == "stock", port)
        batch.written.touch()
        started = time.perf_counter()
        try:
            reasons = find_engine(engine)(batch)
            problem = ""
        except Exception as error:  # an attack that stops the engine is a result, not a fault of this script
            reasons, problem = {}, f"the engine stopped: {type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        time.sleep(_AFTERMATH)
    note_processes(batch.canary, [attack.name for attack in batch.attacks])
    for attack in batch.attacks:
        note_scripts(batch.canary, sorted(batch.klass.glob(f"feedback/{attack.name}/**/*.html")), attack.name)
    students = [name for attack in batch.attacks for name in (attack.name, mate_of(attack))]
    marks = {student: _marks(batch, student) for student in students}
    said = {attack.name: _said(batch, attack.name, attack.chapter) for attack in batch.attacks}
    found = {"marks": marks, "reasons": reasons, "problem": problem, "said": said, "seconds": seconds}
    batch.outcome.write_text(json.dumps(found), encoding="utf-8")


def _marks(batch: Batch, student: str) -> dict[str, float | None] | None:
    """Read the marks of a student's tests from the gradebook; None where there are none, or no gradebook."""
    from notebook_grader.gradebook.gradebook import ClassDirectory

    course = ClassDirectory(batch.klass, batch.course.root)
    (chapter,) = {one.chapter for one in batch.attacks if student in (one.name, mate_of(one))}
    try:
        marks = course.marks(chapter, student)
    except Exception:  # a gradebook that an attack has destroyed raises anything
        return None
    return {mark.name: mark.points for mark in marks if not mark.by_hand} if marks else None


def _said(batch: Batch, student: str, chapter: str) -> list[str]:
    """Return the first words of every test that failed, for whoever asks why a mark is not as it should be."""
    path = batch.klass / "autograded" / student / chapter / f"{chapter}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError):
        return []
    failed = [
        (cell["metadata"]["nbgrader"]["grade_id"], output)
        for cell in cells
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code"
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
    return [f"{name}: {output['ename']}: {' '.join(output['evalue'].split())[:200]}" for name, output in failed]


if __name__ == "__main__":
    main(*sys.argv[1:])
