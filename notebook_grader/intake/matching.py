"""Which handed-in cells belong to which released cell: by name, then by cell id, then by text, then by place."""

import ast
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from notebook_grader.intake.reading import HandedCell

AS_RELEASED = "as_released"  # in the course's metadata of a given code cell that the student has not changed
_ALIKE = 0.6  # two texts of which this part is equal are one cell, edited


class Matching(NamedTuple):
    """What belongs together, as positions in the two lists of cells.

    owned    released position -> handed-in positions, in their order; without those that have none
    by_text  released positions that were found by text or place, because names were lost
    """

    owned: dict[int, list[int]]
    by_text: set[int]


def role(cell: NotebookNode) -> str:
    """Return what a released cell is: test, solution, answer (marked by hand), setup, install, locked or given."""
    if is_solution(cell):
        return "answer" if is_grade(cell) else "solution"
    if is_grade(cell):
        return "test"
    course = cell.metadata.get("course", {})
    part = next((name for name in ("setup", "install") if course.get(name)), None)
    return part or ("locked" if is_locked(cell) else "given")


def match(released: list[NotebookNode], handed: list[HandedCell]) -> Matching:
    """Find the handed-in cells of each released one; a handed-in cell belongs to one released cell at most."""
    table = _Table(released, handed)
    table.claim_all(lambda cell, one: bool(one.grade_id) and one.grade_id == _grade_id(cell))
    table.claim_first(lambda cell, one: cell.id in one.ids and (one.kind == cell.cell_type or role(cell) == "solution"))
    table.claim_first(lambda cell, one: bool(one.gallery) and one.gallery == gallery_name(cell))
    by_name = set(table.owned)
    table.claim_first(lambda cell, one: one.kind == cell.cell_type and same_text(cell.source, one.source))
    table.claim_definitions()
    table.claim_gaps()
    return Matching({r: sorted(found) for r, found in table.owned.items()}, set(table.owned) - by_name)


def gallery_name(cell: NotebookNode) -> str:
    """Return the name of a gallery cell, "" for every other cell."""
    return cell.metadata.get("course", {}).get("gallery", "")


def stands_alone(source: str) -> bool:
    """Tell whether a cell's text is complete Python (magics allowed), not the part of a block."""
    first = next((line for line in source.split("\n") if line.strip()), "")
    if first[:1].isspace():  # IPython would dedent it, but it is the end of the cell above
        return False
    try:
        ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def defined_names(source: str) -> set[str]:
    """Return the functions and classes that a cell defines; also of text that does not parse."""
    starts = (line.split("(")[0].split(":")[0].split() for line in source.split("\n") if line[:1] in ("d", "c", "a"))
    return {words[-1] for words in starts if len(words) > 1 and words[-2] in ("def", "class")}


def is_untouched(cell: NotebookNode, source: str) -> bool:
    """Tell whether a handed-in text is the released one, or nothing."""
    return not source.strip() or same_text(cell.source, source)


def same_text(one: str, other: str) -> bool:
    """Tell whether two texts differ in nothing but blank space at the ends of lines and of the whole."""
    return [line.rstrip() for line in one.strip().split("\n")] == [line.rstrip() for line in other.strip().split("\n")]


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


class _Table:
    """Released and handed-in cells, and which of them belong together so far."""

    def __init__(self, released: list[NotebookNode], handed: list[HandedCell]):
        self._released, self._handed = released, handed
        self.owned: dict[int, list[int]] = {}
        self._owners: set[int] = set()

    def claim_all(self, belongs: Callable[[NotebookNode, HandedCell], bool]) -> None:
        """Give each released cell every handed-in cell that fits: copies come along."""
        for r, cell in enumerate(self._released):
            for s in self._free():
                if belongs(cell, self._handed[s]):
                    self._claim(r, s)

    def claim_first(self, belongs: Callable[[NotebookNode, HandedCell], bool]) -> None:
        """Give each released cell that has none yet the first handed-in cell that fits."""
        for r in self._missing():
            s = next((s for s in self._free() if belongs(self._released[r], self._handed[s])), None)
            if s is not None:
                self._claim(r, s)

    def claim_definitions(self) -> None:
        """Give an exercise without an answer the cells that define its function."""
        for r, cell in enumerate(self._released):
            if role(cell) != "solution" or any(not self._is_untouched(r, s) for s in self.owned.get(r, [])):
                continue
            names = defined_names(cell.source)
            for s in self._free():
                if self._handed[s].kind == "code" and names & defined_names(self._handed[s].source):
                    self._claim(r, s)

    def claim_gaps(self) -> None:
        """Match by place what is left between two matched cells: written answers, and given cells that were edited."""
        for r in self._missing():
            cell = self._released[r]
            if role(cell) not in ("answer", "given", "setup"):
                continue
            near = [s for s in self._gap(r) if self._handed[s].kind == cell.cell_type]
            for s in near if role(cell) == "answer" else self._most_alike(cell, near):
                self._claim(r, s)

    def _most_alike(self, cell: NotebookNode, near: list[int]) -> list[int]:
        ratios = {s: SequenceMatcher(None, cell.source, self._handed[s].source).ratio() for s in near}
        best = max(ratios, key=ratios.get, default=None)
        return [best] if best is not None and ratios[best] >= _ALIKE else []

    def _gap(self, r: int) -> list[int]:
        """Return the free handed-in cells with text between the neighbours of a released cell."""
        before = next((self.owned[n][-1] for n in range(r - 1, -1, -1) if n in self.owned), -1)
        later = (self.owned[n][0] for n in range(r + 1, len(self._released)) if n in self.owned)
        after = next(later, len(self._handed))
        return [s for s in self._free() if before < s < after and self._handed[s].source.strip()]

    def _is_untouched(self, r: int, s: int) -> bool:
        return is_untouched(self._released[r], self._handed[s].source)

    def _free(self) -> Iterator[int]:
        return (s for s in range(len(self._handed)) if s not in self._owners)

    def _missing(self) -> list[int]:
        return [r for r in range(len(self._released)) if r not in self.owned]

    def _claim(self, r: int, s: int) -> None:
        self.owned.setdefault(r, []).append(s)
        self._owners.add(s)
