"""Which picture each hand-in has in its gallery cell, or why it has none."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from course import CourseError
from course.gallery.pictures import PictureError, clean_png
from course.paths import Paths
from course.website.outputs import shown
from notebook_grader.intake.handins import HandIn, find_hand_ins
from notebook_grader.intake.matching import gallery_name, match
from notebook_grader.intake.reading import HandedCell, HandInError, read_cells

LONGEST_CAPTION = 200  # characters
_SHORTEST_NAME = 3  # letters of a part of a name that a caption must not have
_OTHER_KINDS = {
    "text/html": "HTML",
    "image/svg+xml": "SVG",
    "image/jpeg": "a JPEG",
    "application/javascript": "a script",
}


class Entry(NamedTuple):
    """One picture of one student.

    caption  the one line that the cell printed, "" where it printed none or several
    picture  a PNG without metadata
    """

    student: str
    chapter: str
    caption: str
    picture: bytes


class LeftOut(NamedTuple):
    """A hand-in, or a caption, that the page does not show, and why."""

    student: str
    chapter: str
    reason: str


def collect(folder: Path, paths: Paths) -> tuple[list[Entry], list[LeftOut]]:
    """Read the pictures of all hand-ins of a folder, of those chapters that ask for one.

    Raises CourseError where the folder holds no student, or no chapter asks for a picture.
    """
    chapters = paths.chapters()
    released = {name: nbformat.read(paths.notebook(name), as_version=4) for name in chapters}
    asking = {name: notebook for name, notebook in released.items() if any(map(gallery_name, notebook.cells))}
    if not asking:
        raise CourseError('No chapter asks for a picture. Tag a cell `# %% gallery="own_picture" title="..."`.')
    entries, left_out = [], []
    for hand_in in find_hand_ins(folder, chapters):
        if hand_in.chapter in asking or not hand_in.chapter:
            found = _entry(hand_in, asking.get(hand_in.chapter))
            (entries if isinstance(found, Entry) else left_out).append(found)
    return entries, left_out


def gallery_cell(notebook: NotebookNode) -> NotebookNode:
    """Return the cell that asks for a picture, of a released notebook that has one."""
    return next(cell for cell in notebook.cells if gallery_name(cell))


def without_names(entries: list[Entry]) -> tuple[list[Entry], list[LeftOut]]:
    """Empty the captions that name their student; return all entries, and which captions that were."""
    kept, left_out = [], []
    for entry in entries:
        if _gives_away(entry):
            left_out.append(LeftOut(entry.student, entry.chapter, "its caption has a part of the student's name"))
            entry = entry._replace(caption="")
        kept.append(entry)
    return kept, left_out


def _entry(hand_in: HandIn, released: NotebookNode | None) -> Entry | LeftOut:
    try:
        if hand_in.problem or released is None:
            raise PictureError(hand_in.problem)
        outputs = _gallery_outputs(read_cells(hand_in.path), released)
        return Entry(hand_in.student, hand_in.chapter, _caption(outputs), clean_png(_picture(outputs)))
    except (PictureError, HandInError) as error:
        return LeftOut(hand_in.student, hand_in.chapter, str(error))


def _gallery_outputs(handed: list[HandedCell], released: NotebookNode) -> list[dict]:
    """Return the outputs of a hand-in's gallery cell: of copies, those of the last that shows something.

    Raises PictureError where there is no such cell.
    """
    asked = gallery_cell(released)
    owned = match(released.cells, handed).owned.get(released.cells.index(asked), [])
    found = [one for s, one in enumerate(handed) if s in owned or one.gallery == gallery_name(asked)]
    if not found:
        raise PictureError("the cell that shows the picture is not in it")
    filled = [one for one in found if one.outputs]
    return [output for output in (filled or found)[-1].outputs if isinstance(output, dict)]


def _picture(outputs: list[dict]) -> str:
    """Return the one PNG among outputs, as base64. Raises PictureError where there is not one."""
    bundles = [output["data"] for output in outputs if isinstance(output.get("data"), dict)]
    pictures = [text for data in bundles if (text := _text(data.get("image/png")))]
    if len(pictures) == 1:
        return pictures[0]
    if pictures:
        raise PictureError(f"its cell shows {len(pictures)} pictures; expected 1")
    if any(output.get("output_type") == "error" for output in outputs):
        raise PictureError("its cell ended with an error")
    others = sorted({name for data in bundles for kind, name in _OTHER_KINDS.items() if kind in data})
    raise PictureError(f"its cell shows {', '.join(others)}, no PNG" if others else "its cell shows no picture")


def _caption(outputs: list[dict]) -> str:
    """Return what a cell printed, if it is one line: without progress bars, control and direction signs."""
    printed = [_text(output.get("text")) for output in outputs if output.get("name") == "stdout"]
    streams = shown([new_output("stream", name="stdout", text=text) for text in printed])
    lines = [line.strip() for stream in streams for line in stream.text.split("\n") if line.strip()]
    if len(lines) != 1:
        return ""
    plain = "".join(sign for sign in lines[0] if not unicodedata.category(sign).startswith("C"))
    return plain if len(plain) <= LONGEST_CAPTION else f"{plain[: LONGEST_CAPTION - 1]}…"


def _gives_away(entry: Entry) -> bool:
    caption = set(_words(entry.caption))
    return any(word in caption for word in _words(entry.student) if len(word) >= _SHORTEST_NAME)


def _words(text: str) -> Iterator[str]:
    return (word for word in re.split(r"[\W_\d]+", text.casefold()) if word)


def _text(value) -> str:
    """Join a stored text, given as a string or as a list of lines; "" for anything else."""
    lines = value if isinstance(value, list) else [value]
    return "".join(line for line in lines if isinstance(line, str)).encode("utf-8", "replace").decode("utf-8")
