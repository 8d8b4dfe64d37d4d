"""A released class of sums without kernels, for the tests of what surrounds a run."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from class_of_sums import CHAPTER, answered, class_of_sums, hand_in, material

from course.build import build_sources
from course.paths import ROOT
from notebook_grader.gradebook.gradebook import ClassDirectory

# What the gradebook says of a class, without the random names of its rows.
_GRADES = """
SELECT sa.student_id, a.name, b.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
FROM grade g JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
JOIN submitted_assignment sa ON sa.id = n.assignment_id JOIN assignment a ON a.id = sa.assignment_id ORDER BY 1, 2, 3
"""
_COMMENTS = """
SELECT sa.student_id, b.name, c.auto_comment, c.manual_comment
FROM comment c JOIN base_cell b ON b.id = c.cell_id JOIN submitted_notebook n ON n.id = c.notebook_id
JOIN submitted_assignment sa ON sa.id = n.assignment_id ORDER BY 1, 2
"""
_HAND_INS = """
SELECT sa.student_id, sa.timestamp, sa.extension, n.late_submission_penalty
FROM submitted_assignment sa JOIN submitted_notebook n ON n.assignment_id = sa.id ORDER BY 1
"""
_TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment", "base_cell", "source_cell")


def released_class(folder: Path) -> ClassDirectory:
    """Release the class of sums in a folder."""
    paths = class_of_sums(folder)
    course = ClassDirectory(paths.root / "class", paths.root)
    build_sources(paths)
    course.release([CHAPTER], paths)
    return course


def copied(course: ClassDirectory, folder: Path) -> ClassDirectory:
    """Copy a class with all that belongs to it."""
    shutil.copytree(course.folder.parent, folder / "course")
    return ClassDirectory(folder / "course" / "class", folder / "course")


def answer(student: str, words: str = "right") -> str:
    return f"# student {student} {words}"


def write_hand_in(
    course: ClassDirectory, folder: Path, student: str, words: str = "right", total: str = "wrong"
) -> Path:
    """Write a hand-in whose answer to `double` holds some words for the fake engine."""
    released = material_of(course)
    return hand_in(folder, student, answered(released, double=answer(student, words), total=total))


def material_of(course: ClassDirectory):
    from course.paths import Paths

    return material(Paths(course.folder.parent), course.released(CHAPTER))


def in_gradebook(course: ClassDirectory) -> dict[str, list]:
    """Return all that the gradebook says of the students' work."""
    with sqlite3.connect(course.folder / "gradebook.db") as connection:
        said = {"grades": _GRADES, "comments": _COMMENTS, "hand-ins": _HAND_INS}
        found = {name: connection.execute(query).fetchall() for name, query in said.items()}
        return found | {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall() for name in _TABLES}


def runs(folder: Path) -> list[str]:
    """Return whom the fake engine ran, in order."""
    path = folder / "runs"
    return path.read_text().split() if path.is_file() else []


def grading(course: ClassDirectory, folder: Path, *, jobs: int = 2, log: Path, extra: str = "") -> subprocess.Popen:
    """Start grading in a process of its own, with the fake engine."""
    code = f"""
import signal
from pathlib import Path
from fake_engine import open_fake_engine
from notebook_grader.batch.run import grade_class
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.batch.pool import LocalPool
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background would ignore it
    course = ClassDirectory(Path({str(course.folder)!r}), Path({str(course.folder.parent)!r}))
    tell = lambda number, total, outcome: print(number, outcome.student, outcome.points, outcome.problem, flush=True)
    {extra}
    grade_class(course, Path({str(folder)!r}), tell, pool=LocalPool({jobs}), open_engine=open_fake_engine)
"""
    script = log / "grade.py"
    script.write_text(code)
    return subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env=environment(log), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


def environment(log: Path) -> dict[str, str]:
    """Return the variables under which another process finds the tests' modules."""
    places = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return os.environ | {"PYTHONPATH": places, "FAKE_ENGINE_FOLDER": str(log), "OMP_NUM_THREADS": "1"}


def kill(process: subprocess.Popen) -> None:
    """End a process as a power cut would: it gets no chance to do anything."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
