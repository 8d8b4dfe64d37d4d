"""The class directory as nbgrader keeps it, and marks read from its gradebook."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from course.paths import ROOT, Paths
from notebook_grader import GraderError


class Mark(NamedTuple):
    """What one graded cell brought one student.

    name       grade_id of the cell
    points     marks given; None while a person has still to read the answer
    max_points
    by_hand    whether a person marks it
    """

    name: str
    points: float | None
    max_points: float
    by_hand: bool


class ClassDirectory:
    """One class: its folders, its configuration and nbgrader's own API on it.

    folder      where source, release, mended, autograded, feedback and gradebook.db lie
    root        the checkout whose nbgrader_config.py holds
    cell_limit  seconds that a cell of a submission may run; None: as configured
    """

    def __init__(self, folder: Path, root: Path = ROOT, cell_limit: int | None = None):
        self.folder = folder.resolve()
        self.log = logging.Logger("course.grading", logging.WARNING)
        self.log.addHandler(logging.NullHandler())  # what nbgrader says is read from its results, not printed
        config = _read_config(Paths(root).nbgrader_config)
        config.CourseDirectory.root = str(self.folder)
        if cell_limit is not None:
            config.GradingExecute.cell_limit = cell_limit
        self._config = config
        self._api: NbGraderAPI | None = None

    @property
    def config(self) -> Config:
        """nbgrader's configuration of this class."""
        return self._config

    @property
    def limits(self) -> dict[str, int]:
        """Seconds that a cell and a notebook of a submission may run."""
        return {name: self._config.GradingExecute[f"{name}_limit"] for name in ("cell", "notebook")}

    @property
    def api(self) -> NbGraderAPI:
        """nbgrader's API on this class."""
        if self._api is None:
            course = CourseDirectory(config=self._config, log=self.log)
            self._api = NbGraderAPI(coursedir=course, config=self._config, log=self.log)
        return self._api

    def place(self, step: str, student: str, chapter: str) -> Path:
        """Return the folder of one step of one student: source, release, submitted, autograded or feedback."""
        name = getattr(self.api.coursedir, f"{step}_directory")
        return Path(self.api.coursedir.format_path(name, student, chapter))

    def released(self, chapter: str) -> Path:
        """Return the path of a chapter's released notebook."""
        return self.place("release", ".", chapter) / f"{chapter}.ipynb"

    def result(self, student: str, chapter: str) -> Path:
        """Return where the result of one submission is written, mended or refused."""
        return self.folder / "results" / student / f"{chapter or 'hand-in'}.json"

    def tests_copy(self, chapter: str) -> Path:
        """Return where `release` leaves what `tests` returns, for machines that have no gradebook."""
        return self.folder / "tests" / f"{chapter}.json"

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open nbgrader's gradebook."""
        course = self.api.coursedir
        with Gradebook(course.db_url, course.course_id) as gradebook:
            yield gradebook

    def release(self, chapters: list[str], paths: Paths) -> list[Path]:
        """Let nbgrader make each chapter's assignment, in this class's gradebook, from build/source.

        Raises GraderError where nbgrader refuses, with its reason.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")  # students' work and marks are nothing for a repository
        released = []
        for chapter in chapters:
            source = self.place("source", ".", chapter) / f"{chapter}.ipynb"
            source.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(paths.source(chapter), source)
            result = self.api.generate_assignment(chapter, force=True, create=True)
            if not result["success"]:
                raise GraderError(f"nbgrader could not release {chapter}: {_reason(result)}{_cure(result)}")
            copy = self.tests_copy(chapter)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(json.dumps(self.tests(chapter), indent=1, ensure_ascii=False), encoding="utf-8")
            released.append(self.released(chapter))
        return released

    def chapters(self) -> list[str]:
        """Name the released chapters. Raises GraderError where there is none."""
        with self.gradebook() if self._has_gradebook() else _nothing() as gradebook:
            names = sorted(assignment.name for assignment in gradebook.assignments) if gradebook else []
        if not names:
            raise GraderError(f"Nothing is released in {self.folder}. Run `course release` first.")
        return names

    def released_notebook(self, chapter: str) -> nbformat.NotebookNode:
        """Read the notebook that students got."""
        return nbformat.read(self.released(chapter), as_version=4)

    def tests(self, chapter: str) -> dict:
        """Read a chapter as it is graded: the kernel's name, and of each graded or locked cell what must stand there.

        Hidden tests are in it.
        """
        with self.gradebook() as gradebook:
            notebook = gradebook.find_notebook(chapter, chapter)
            worth = {cell.name: cell.max_score for cell in notebook.grade_cells}
            cells = {
                cell.name: {
                    "source": cell.source, "locked": cell.locked, "checksum": cell.checksum,
                    "points": worth.get(cell.name),
                }
                for cell in notebook.source_cells
            }  # fmt: skip
            return {"kernelspec": json.loads(notebook.kernelspec or "null"), "cells": cells}

    def students(self) -> list[str]:
        """Name all students that the gradebook knows."""
        with self.gradebook() as gradebook:
            return sorted(student.id for student in gradebook.students)

    def worth(self, chapter: str) -> list[Mark]:
        """Return what a chapter's cells are worth, in the notebook's order, without points."""
        with self.gradebook() as gradebook:
            cells = gradebook.find_notebook(chapter, chapter).grade_cells
            worth = {cell.name: (cell.max_score, cell.cell_type != "code") for cell in cells}
        order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in self.released_notebook(chapter).cells]
        return [Mark(name, None, *worth[name]) for name in order if name in worth]

    def marks(self, chapter: str, student: str) -> list[Mark] | None:
        """Read one student's marks of a chapter from the gradebook, in the notebook's order; None: not handed in."""
        with self.gradebook() as gradebook:
            try:
                grades = gradebook.find_submission_notebook(chapter, chapter, student).grades
            except MissingEntry:
                return None
            found = {grade.name: _mark(grade) for grade in grades}
        return [found[mark.name] for mark in self.worth(chapter)]

    def _has_gradebook(self) -> bool:
        return Path(self.api.coursedir.db_url.removeprefix("sqlite:///")).is_file()


def _mark(grade) -> Mark:
    """Read a row of the gradebook; an answer that waits for a reader has no points yet."""
    by_hand = grade.cell.cell_type != "code"
    points = None if grade.auto_score is None and grade.manual_score is None else grade.score
    return Mark(grade.name, points, grade.max_score, by_hand)


def _read_config(path: Path) -> Config:
    if not path.is_file():
        raise GraderError(f"{path.name} was not found in {path.parent}. Restore it from the repository.")
    return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _reason(result: dict) -> str:
    """Return the last line of what nbgrader said: the exception, after its traceback."""
    said = (result.get("error") or result.get("log") or "no reason given").strip()
    return said.split("\n")[-1]


def _cure(result: dict) -> str:
    if "submissions associated" not in result.get("error", ""):
        return ""
    return ". Cells were added or removed after hand-ins were graded: release into a new class with --course FOLDER."
