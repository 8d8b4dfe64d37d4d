"""A clean notebook out of what a student handed in: the released one, with the student's texts where they belong.

Test cells are always ours. Nothing of the handed-in metadata is taken over, so no foreign schema, points, types or
names can reach nbgrader. What was mended is said in a cell at the top, which stands in the student's feedback.
"""

import copy
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from notebook_grader.intake.matching import (
    AS_RELEASED,
    Matching,
    defined_names,
    is_untouched,
    match,
    role,
    same_text,
    stands_alone,
)
from notebook_grader.intake.reading import HandedCell, read_cells

NOTES_ID = "intake-notes"
_SCHEMA = 3
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_LINK = re.compile(r"\](?P<sign>[(:])(?P<space>\s*)(?P<target>[^\s)]*)")
_SAFE_TARGET = re.compile(r"<?(https?://|mailto:|attachment:|#)", re.IGNORECASE)
_TITLES = {
    "test": "The test cell",
    "solution": "The answer",
    "answer": "The written answer",
    "setup": "The set-up cell",
}
_NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Mended(NamedTuple):
    """A notebook that nbgrader can take, and one sentence for each thing that had to be mended."""

    notebook: NotebookNode
    notes: list[str]


def mend(path: Path, released: NotebookNode, note: str = "") -> Mended:
    """Rebuild one handed-in file on the released notebook.

    note  what is already known about the file, put first

    Raises HandInError where the file is no notebook.
    """
    return rebuild(read_cells(path), released, note)


def rebuild(handed: list[HandedCell], released: NotebookNode, note: str = "") -> Mended:
    """Rebuild a notebook from handed-in cells in the released order; extra cells stay behind the cell they followed."""
    work = _Rebuilding(handed, released.cells, match(released.cells, handed))
    cells = work.cells()
    notes = [note] * bool(note) + work.notes
    if notes:
        text = "**Mended before grading**\n\n" + "\n".join(f"- {line}" for line in notes)
        cells.insert(0, new_markdown_cell(text, id=NOTES_ID))
    notebook = new_notebook(cells=cells, metadata=released.metadata)
    nbformat.validate(notebook)
    return Mended(notebook, notes)


class _Rebuilding:
    """The work on one submission.

    notes  what was mended so far
    """

    def __init__(self, handed: list[HandedCell], released: list[NotebookNode], matching: Matching):
        self._handed, self._released, self._matching = handed, released, matching
        self._extras: dict[int, list[int]] = {}  # released position (-1: before all) -> cells that follow it
        self._placed: set[int] = set()  # handed-in cells that stand for a released one
        self._dropped: set[int] = set()  # untouched copies of an answer
        self.notes: list[str] = []

    def cells(self) -> list[NotebookNode]:
        """Return the cells of the mended notebook."""
        texts = [self._text(r) for r in range(len(self._released))]
        self._place_extras()
        cells = [self._extra(s) for s in self._extras.get(-1, [])]
        for r, cell in enumerate(self._released):
            metadata = _as_released(cell) if texts[r] == cell.source else cell.metadata
            cells.append(_NEW[cell.cell_type](texts[r], metadata=metadata, id=cell.id, **self._attached(r)))
            cells += [self._extra(s) for s in self._extras.get(r, [])]
        self._note_lost_names()
        return cells

    def _text(self, r: int) -> str:
        """Return the text of a released cell in the mended notebook; remember which handed-in cells it came from."""
        cell, found = self._released[r], self._matching.owned.get(r, [])
        kind = role(cell)
        if kind in ("test", "locked", "install"):
            self._placed.update(found)
            self._note_ours(cell, kind, found)
            return cell.source
        if not found and kind == "solution" and (elsewhere := self._elsewhere(cell)):
            self.notes.append(f"{_called(cell)} was missing; what it asks for stands in cell {_numbers(elsewhere)}.")
            return f"# The answer stands in cell {_numbers(elsewhere)} of what was handed in."
        if not found:
            if cell.cell_type == "code" or kind == "answer":
                self.notes.append(f"{_called(cell)} was missing and was put back as released.")
            return cell.source
        if kind == "setup" and not is_untouched(cell, self._handed[found[-1]].source):
            self.notes.append("The set-up cell was changed: the released one runs first, then yours.")
            return cell.source  # theirs stays behind it as an extra cell
        taken = self._answer(cell, found)
        self._placed.update(taken)
        if kind == "solution" and self._handed[taken[0]].kind != "code":
            self.notes.append(f"{_called(cell)} was a {self._handed[taken[0]].kind} cell; it was read as code.")
        text = "\n".join(self._handed[s].source for s in taken)
        unanswered = kind in ("solution", "answer") and not text.strip()
        return cell.source if unanswered or same_text(cell.source, text) else _harmless(text, cell.cell_type)

    def _elsewhere(self, cell: NotebookNode) -> list[int]:
        """Return the handed-in cells that define all that a missing answer is to define: it was merged into them."""
        asked = defined_names(cell.source)
        code = [s for s, one in enumerate(self._handed) if one.kind == "code"]
        found = [s for s in code if asked & defined_names(self._handed[s].source)]
        defined = set().union(*(defined_names(self._handed[s].source) for s in found))
        return found if asked and asked <= defined else []

    def _note_ours(self, cell: NotebookNode, kind: str, found: list[int]) -> None:
        if kind != "test":
            return
        if not found:
            self.notes.append(f"{_called(cell)} was missing and was put back.")
        elif any(not is_untouched(cell, self._handed[s].source) for s in found):
            self.notes.append(f"{_called(cell)} was changed and was put back as released.")

    def _answer(self, cell: NotebookNode, found: list[int]) -> list[int]:
        """Choose among the cells that claim to be one: parts of it are joined, of copies the last filled one counts."""
        filled = [s for s in found if not is_untouched(cell, self._handed[s].source)]
        self._dropped.update(set(found) - set(filled))
        if not filled:
            self._dropped.discard(found[-1])
            return found[-1:]
        if role(cell) == "answer" and not self._handed[filled[-1]].grade_id:
            return filled  # found by place: all that was written between two given cells
        parts = self._parts(filled) if cell.cell_type == "code" else filled[-1:]
        if len(parts) > 1:
            self.notes.append(f"{_called(cell)} was split over cells {_numbers(parts)}; their texts were joined.")
        elif len(found) > 1:
            self.notes.append(
                f"{_called(cell)} was there {len(found)} times (cells {_numbers(found)}); the last one that is filled "
                f"in, cell {parts[0] + 1}, was taken."
            )
        return parts

    def _parts(self, filled: list[int]) -> list[int]:
        """Return the last filled cell, with what was cut off from it above and below."""
        defining = [s for s in filled if any(defined_names(self._handed[s].source))]
        first = last = (defining or filled)[-1]
        while not self._stands(first, last) and last + 1 < len(self._handed) and self._is_part(last + 1, filled):
            last += 1
        while last + 1 < len(self._handed) and self._continues(first, last + 1, filled):
            last += 1
        if not self._stands(first, last):
            first = last = (defining or filled)[-1]  # nothing to be joined: the answer itself has an error
        return list(range(first, last + 1))

    def _continues(self, first: int, s: int, filled: list[int]) -> bool:
        """Tell whether a cell only makes sense as the rest of the cell above it."""
        is_rest = self._is_part(s, filled) and not stands_alone(self._handed[s].source)
        return is_rest and self._stands(first, s)

    def _is_part(self, s: int, filled: list[int]) -> bool:
        owned = {one for found in self._matching.owned.values() for one in found}
        return self._handed[s].kind == "code" and (s in filled or s not in owned)

    def _stands(self, first: int, last: int) -> bool:
        return stands_alone("\n".join(self._handed[s].source for s in range(first, last + 1)))

    def _place_extras(self) -> None:
        """Anchor every other handed-in cell to the released cell that it followed."""
        owner = {s: r for r, found in self._matching.owned.items() for s in found}
        anchor = -1
        for s, one in enumerate(self._handed):
            is_setup = s in owner and role(self._released[owner[s]]) == "setup"
            if s in self._placed or is_setup:
                anchor = owner.get(s, anchor)
            if s not in self._placed | self._dropped and one.source.strip():
                self._extras.setdefault(anchor, []).append(s)

    def _extra(self, s: int) -> NotebookNode:
        one = self._handed[s]
        attached = {"attachments": one.attachments} if one.attachments else {}
        return _NEW[one.kind](_harmless(one.source, one.kind), id=f"extra-{s + 1}", **attached)

    def _attached(self, r: int) -> dict:
        if self._released[r].cell_type != "markdown":
            return {}
        bundles = [self._handed[s].attachments for s in self._matching.owned.get(r, []) if s in self._placed]
        attachments = {name: data for bundle in bundles for name, data in bundle.items()}
        attachments = attachments or self._released[r].get("attachments", {})
        return {"attachments": attachments} if attachments else {}

    def _note_lost_names(self) -> None:
        graded = {r for r, cell in enumerate(self._released) if role(cell) in ("solution", "answer", "test")}
        by_text = graded & self._matching.by_text
        by_id = {r for r in graded - by_text if r in self._matching.owned and not self._has_name(r)}
        for found, how in ((by_id, "ids"), (by_text, "text")):
            if found:
                lost = f"{len(found)} cells had lost nbgrader's metadata"
                self.notes.append(f"{lost}; they were recognised by their {how}.")
        if any(one.schema not in (None, _SCHEMA) for one in self._handed):
            self.notes.append("Metadata of another nbgrader version was replaced by the released one.")

    def _has_name(self, r: int) -> bool:
        return any(self._handed[s].grade_id for s in self._matching.owned[r])


def _as_released(cell: NotebookNode) -> NotebookNode:
    """Return the metadata of a cell that is as released; a given code cell's say so."""
    if cell.cell_type != "code" or role(cell) != "given":
        return cell.metadata
    metadata = copy.deepcopy(cell.metadata)
    metadata["course"] = metadata.get("course", {}) | {AS_RELEASED: True}
    return metadata


def _harmless(text: str, kind: str) -> str:
    """Return a student's text without HTML and links that act in the browser of who marks it; math keeps its `<`."""
    return text if kind == "code" else _TAG.sub("< ", _LINK.sub(_plain_link, text))


def _plain_link(link: re.Match) -> str:
    """Return a link as it is where it leads to a page, a mail or a picture; else broken, so that it is only text."""
    target = link["target"]
    is_plain = _SAFE_TARGET.match(target) or not any(sign in target for sign in "<:&\\")
    return link[0] if is_plain else f"] {link['sign']}{link['space']}{target}"


def _called(cell: NotebookNode) -> str:
    """Name a released cell as a student knows it."""
    kind = role(cell)
    name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
    return f"{_TITLES.get(kind, 'The given cell')} `{name}`"


def _numbers(positions: list[int]) -> str:
    return ", ".join(str(s + 1) for s in positions)
