"""The recorded answers of an exercise: right ones whole, a wrong one as the change of a right one.

tests/answers/<exercise>.py holds a cell for each answer::

    # %% right="plain"
    def forward(im, t):
        abar = alphas_cumprod[t]
        return abar.sqrt() * im + (1 - abar).sqrt() * torch.randn_like(im)

    # %% wrong="signal_without_sqrt" of="plain"
    # -     return abar.sqrt() * im + (1 - abar).sqrt() * torch.randn_like(im)
    # +     return abar * im + (1 - abar).sqrt() * torch.randn_like(im)

A right answer is called after its style, a wrong one after its mistake; `mistake__note` tells several of one mistake
apart. A change has the lines that go (-), the lines that come (+), and lines that stay ( ) where the others stand more
than once; an empty line ends it, and another change may follow. A wrong answer far from all right ones stands whole.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from course import CourseError
from course.paths import Paths

_HEADER = re.compile(r'# %% (?P<kind>right|wrong)="(?P<name>\w+)"(?: of="(?P<base>\w+)")?')
_CHANGED = re.compile(r"# (?P<sign>[-+ ])(?: (?P<text>.*))?")


class Answers(NamedTuple):
    """The texts of an exercise's answers by name; a wrong answer's name begins with the id of its mistake."""

    right: dict[str, str]
    wrong: dict[str, str]


class _Cell(NamedTuple):
    place: str  # file and line of the header, for messages
    kind: str
    name: str
    base: str | None
    lines: list[str]


def answers_of(paths: Paths, exercise: str) -> Answers:
    """Read the recorded answers of an exercise.

    Raises CourseError, with file and line, where the file is missing, a header is misspelt, a name is there twice, or a
    change does not fit.
    """
    path = paths.answers(exercise)
    if not path.is_file():
        raise CourseError(f"{paths.shown(path)} is missing. Write right and wrong answers to {exercise} into it.")
    return read_answers(path.read_text(encoding="utf-8"), paths.shown(path))


def read_answers(text: str, shown: str) -> Answers:
    """Do what `answers_of` does, for the text of a file that messages call `shown`."""
    found = Answers({}, {})
    for cell in _cells(text, shown):
        if cell.name in found.right or cell.name in found.wrong:
            raise CourseError(f"{cell.place}: there is an answer {cell.name!r} already. Give one of them another name.")
        if cell.kind == "right":
            found.right[cell.name] = _whole(cell.lines)
        else:
            found.wrong[cell.name] = _changed(cell, found.right) if cell.base else _whole(cell.lines)
    return found


def named_mistake(answer: str) -> str:
    """Return the id of the mistake that a wrong answer is called after (before two underscores)."""
    return answer.split("__")[0]


def require_exercises(paths: Paths, exercises: list[str]) -> None:
    """Require one file of answers for each exercise, and none for anything else. Raises CourseError."""
    recorded = {path.stem for path in paths.answers_folder.glob("*.py")}
    for name in sorted(recorded - set(exercises)):
        raise CourseError(
            f"{paths.shown(paths.answers(name))}: no chapter has an exercise {name!r}. Rename or remove it."
        )
    for name in exercises:
        if name not in recorded:
            raise CourseError(f"{paths.shown(paths.answers(name))} is missing. Write answers to {name} into it.")


def _cells(text: str, shown: str) -> Iterator[_Cell]:
    cell: _Cell | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("# %"):
            if cell is not None:
                cell.lines.append(line)
            elif line.strip():
                raise CourseError(f'{shown}:{number}: a line before the first answer. Begin with `# %% right="..."`.')
            continue
        if cell is not None:
            yield cell
        match = _HEADER.fullmatch(line)
        if match is None or (match["kind"] == "right" and match["base"]):
            raise CourseError(
                f'{shown}:{number}: `{line}` is no header. Write `# %% right="style"`, '
                '`# %% wrong="mistake" of="style"`, or `# %% wrong="mistake"` above a whole answer.'
            )
        cell = _Cell(f"{shown}:{number}", match["kind"], match["name"], match["base"], [])
    if cell is not None:
        yield cell


def _whole(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n") + "\n"


def _changed(cell: _Cell, right: dict[str, str]) -> str:
    """Return the text of the right answer that a cell names, with the cell's changes made."""
    if cell.base not in right:
        known = ", ".join(right) or "none"
        raise CourseError(f"{cell.place}: no right answer {cell.base!r} stands above; there are {known}.")
    lines = right[cell.base].rstrip("\n").split("\n")
    places = [(_place(cell, old, lines), old, new) for old, new in _changes(cell)]
    for start, old, new in sorted(places, reverse=True):
        lines[start : start + len(old)] = new
    return "\n".join(lines) + "\n"


def _changes(cell: _Cell) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each change of a cell as the lines before and after it."""
    for part in "\n".join(cell.lines).strip("\n").split("\n\n"):
        signed = [_CHANGED.fullmatch(line) for line in part.split("\n")]
        if not all(signed):
            raise CourseError(f"{cell.place}: expected lines that begin with `# -`, `# +` or `#  `, after `of=`.")
        lines = [(match["sign"], match["text"] or "") for match in signed if match]
        yield [text for sign, text in lines if sign != "+"], [text for sign, text in lines if sign != "-"]


def _place(cell: _Cell, old: list[str], lines: list[str]) -> int:
    """Return where the lines of a change stand in the right answer. Raises CourseError unless that is one place."""
    starts = [start for start in range(len(lines)) if old and lines[start : start + len(old)] == old]
    if len(starts) != 1:
        cure = "Copy the lines from it." if not starts else "Add a line that stays, before or after them."
        raise CourseError(
            f"{cell.place}: the lines of the change stand {len(starts)} times in {cell.base!r}; expected once. {cure}\n"
            + "\n".join(f"    {line}" for line in old)
        )
    return starts[0]
