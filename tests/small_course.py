"""A course of one small chapter, for the tests of the pipeline."""

import shutil
from pathlib import Path

from course.paths import ROOT, Paths

FIXTURE = Path(__file__).parent / "fixtures" / "course"
CHAPTER = "01_small_chapter"


def small_course(folder: Path) -> Paths:
    """Copy the small course into a folder, together with the real nbgrader_config.py, which holds the stub text."""
    root = folder / "course"
    shutil.copytree(FIXTURE, root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Paths(root)


def edit(paths: Paths, old: str, new: str) -> None:
    """Change the small chapter's source; `old` has to be in it."""
    source = paths.solution(CHAPTER)
    text = source.read_text(encoding="utf-8")
    assert old in text, f"the small chapter has no {old!r}"
    source.write_text(text.replace(old, new), encoding="utf-8")
