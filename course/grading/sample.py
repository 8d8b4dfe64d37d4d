"""The sample class of `course demo`."""

from pathlib import Path

from course.paths import Paths
from course.sample_class import make_class, read_material
from notebook_grader.gradebook.gradebook import ClassDirectory


def write_sample_class(course: ClassDirectory, paths: Paths) -> Path:
    """Write the small sample class's hand-ins into the class's folder; return where they lie."""
    chapters = [read_material(paths.source(name), course.released(name)) for name in paths.chapters()]
    folder = course.folder / "handed_in"
    make_class(folder, chapters, small=True)
    return folder
