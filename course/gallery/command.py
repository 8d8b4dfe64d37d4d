"""`course gallery`: collect, write, and say what was left out."""

import tempfile
from pathlib import Path

from course import CourseError
from course.console import console, step
from course.gallery.collect import LeftOut, collect, without_names
from course.gallery.page import write_page
from course.paths import Paths
from notebook_grader.intake.receiving import receive


def make_gallery(folder: Path, paths: Paths, to: Path | None = None, names: bool = False) -> Path:
    """Build the page of a class's hand-ins; print what was left out, and why.

    folder  with one folder a student in it, or a platform's archive
    to      folder of the page; default: build/gallery
    names   True writes the students' names under their pictures

    Raises CourseError where there are no hand-ins, or none has a picture.
    """
    target = to or paths.build / "gallery"
    with step("reading the hand-ins") as remark, tempfile.TemporaryDirectory() as unpacked:
        entries, left_out = collect(receive(folder, Path(unpacked), paths.chapters()), paths)
        remark(f"{len(entries)} pictures")
    if not names:
        entries, captions = without_names(entries)
        left_out += captions
    for one in left_out:
        console.print(_line(one), markup=False, soft_wrap=True)
    if not entries:
        raise CourseError(f"No hand-in of {folder} has a picture that can be shown; the reasons stand above.")
    return write_page(target, entries, paths, names)


def _line(one: LeftOut) -> str:
    return f"left out: {one.student}, {one.chapter or 'no chapter'}: {one.reason}"
