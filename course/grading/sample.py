"""The sample class of `course demo`: its recipes lie beside the tests."""

import importlib
import sys
from pathlib import Path

from course import CourseError
from course.paths import Paths
from notebook_grader.gradebook.gradebook import ClassDirectory


def write_sample_class(course: ClassDirectory, paths: Paths) -> Path:
    """Write the small sample class's hand-ins into the class's folder; return where they lie.

    Raises CourseError where the recipes are missing.
    """
    tests = paths.root / "tests"
    if not (tests / "sample_class").is_dir():
        raise CourseError(
            f"{paths.shown(tests / 'sample_class')} is missing; the sample class is made from it. Restore it."
        )
    sys.path.insert(0, str(tests))
    try:
        sample_class = importlib.import_module("sample_class")
    finally:
        sys.path.remove(str(tests))
    chapters = [sample_class.read_material(paths.source(name), course.released(name)) for name in paths.chapters()]
    folder = course.folder / "handed_in"
    sample_class.make_class(folder, chapters, small=True)
    return folder
