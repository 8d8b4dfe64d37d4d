"""Which files a folder of hand-ins holds: of which student, of which chapter, and what is no hand-in."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.intake.receiving import Received, received

NOBODY = "-"
_STUDENT = re.compile(r"\w[\w .,@()&'+-]*")
_LONGEST_NAME = 100
_COPY = re.compile(r"(?:copy of |kopie von |copie de )?(.+?)(?: ?\(\d+\)|[ _-]copy\d*|-Copy\d+)?", re.IGNORECASE)


class HandIn(NamedTuple):
    """One file of one student, or the reason why there is none.

    student  name of the student's folder; NOBODY for a file outside of all of them
    chapter  the chapter it answers; "" where its name says none
    path     the file or folder
    problem  why it cannot be graded; "" where it can be tried
    note     what the student should know about how the file was taken
    """

    student: str
    chapter: str
    path: Path
    problem: str = ""
    note: str = ""


def is_student(name: str) -> bool:
    """Tell whether a folder's name can be a student's in nbgrader's paths, patterns and tables."""
    return bool(_STUDENT.fullmatch(name)) and len(name) <= _LONGEST_NAME and name == name.strip()


def find_hand_ins(folder: Path, chapters: list[str]) -> list[HandIn]:
    """Find what was handed in under FOLDER/<student>/<chapter>.ipynb or FOLDER/<student>/<chapter>/<chapter>.ipynb.

    A folder with nbgrader's `submitted` in it is read there. Everything that looks like a hand-in comes back, graded
    or not: nothing is dropped in silence.
    Raises GraderError where the folder does not exist or holds no student.
    """
    if not folder.is_dir():
        raise GraderError(f"{folder} is no folder; expected one folder a student in it. Give the folder of hand-ins.")
    if (folder / "submitted").is_dir():
        folder = folder / "submitted"
    known = received(folder)
    found = [HandIn(NOBODY, "", path, "it stands outside of the students' folders") for path in _loose(folder)]
    found += [HandIn(NOBODY, "", folder / file, f"{file}: {why}") for file, why in known.refused.get("", [])]
    for place in _visible(folder):
        if place.is_dir():
            found += _of_student(place, chapters, known)
    if not found:
        raise GraderError(
            f"{folder} holds no student; expected {folder.name}/<student>/{chapters[0]}.ipynb. Give the folder above "
            "the students' folders."
        )
    return found


def _of_student(place: Path, chapters: list[str], known: Received) -> list[HandIn]:
    name = place.name
    if not is_student(name):
        problem = f"the folder's name {name!r} cannot be a student's: use letters, digits, blanks and . , @ ( ) - only"
        return [HandIn(name, "", place, problem)]
    if place.is_symlink():
        return [HandIn(name, "", place, "the folder is a link; expected the folder itself")]
    files = [*_files(place), *(file for inner in _visible(place) if inner.is_dir() for file in _files(inner))]
    hand_ins = [hand_in for file in files if (hand_in := _of_file(name, file, chapters))]
    hand_ins += [_refused(name, place / file, why, chapters) for file, why in known.refused.get(name, [])]
    notes = known.notes.get(name, {})
    taken = [_with_note(hand_in, notes.get(hand_in.path.name, "")) for hand_in in _one_a_chapter(hand_ins)]
    return taken or [HandIn(name, "", place, "the folder holds no notebook")]


def _of_file(student: str, file: Path, chapters: list[str]) -> HandIn | None:
    """Read a file's name; None for a file that is no notebook and does not claim to answer a chapter."""
    stem, suffix = file.name.partition(".")[0], file.suffix.lower()
    stem = file.stem if suffix == ".ipynb" else stem
    meant = _COPY.fullmatch(stem)[1] if stem else ""
    chapter = next((name for name in chapters if name.lower() == meant.lower()), "")
    if suffix != ".ipynb":
        wrong = f"{file.name} is no notebook; expected {chapter}.ipynb (download it as .ipynb)"
        return HandIn(student, chapter, file, wrong) if chapter else None
    if chapter:
        note = "" if stem == chapter else f"The file was called {file.name}."
        return HandIn(student, chapter, file, note=note)
    near = get_close_matches(meant, chapters, 1)
    hint = f"did you mean {near[0]}.ipynb?" if near else f"expected one of {', '.join(chapters)}"
    return HandIn(student, "", file, f"no chapter is called {file.name}: {hint}")


def _refused(student: str, path: Path, why: str, chapters: list[str]) -> HandIn:
    """Return the hand-in that was not taken over from a download, with the chapter that its name says."""
    said = _of_file(student, path, chapters)
    return HandIn(student, said.chapter if said else "", path, f"{path.name}: {why}")


def _with_note(hand_in: HandIn, note: str) -> HandIn:
    return hand_in._replace(note=f"{hand_in.note} {note}".strip()) if note else hand_in


def _one_a_chapter(hand_ins: list[HandIn]) -> Iterator[HandIn]:
    """Keep one file a chapter: the one with the very name, else the one changed last; say which was taken."""
    for chapter in sorted({hand_in.chapter for hand_in in hand_ins if hand_in.chapter}):
        several = [hand_in for hand_in in hand_ins if hand_in.chapter == chapter]
        usable = [hand_in for hand_in in several if not hand_in.problem]
        if not usable:
            yield several[0]
            continue
        taken = max(usable, key=lambda one: (one.path.stem == chapter, one.path.stat().st_mtime, one.path.name))
        others = ", ".join(sorted(one.path.name for one in several if one is not taken))
        yield taken._replace(note=f"{taken.path.name} was taken, not {others}.") if others else taken
    yield from (hand_in for hand_in in hand_ins if not hand_in.chapter)


def _files(place: Path) -> list[Path]:
    return [path for path in _visible(place) if not path.is_dir()]


def _loose(folder: Path) -> list[Path]:
    return [path for path in _files(folder) if path.suffix.lower() == ".ipynb"]


def _visible(folder: Path) -> list[Path]:
    """List a folder, without what computers leave there (.ipynb_checkpoints, ._names, __MACOSX)."""
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))]
