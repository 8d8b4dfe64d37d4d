"""Reading a chapter's source: py:percent cells with short tags, and what the tags mean to nbgrader.

The tags (docs/decisions/0007): setup, exercise, check + points, reflection + points, figure + alt + caption,
widget + caption, gallery + title. `read_chapter` reads them, `course.rules` judges them, `to_notebook` spells
them out.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
import yaml

from course import CourseError

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}

_HEADER = re.compile(r"# %%( |$)")
# A misspelt header would make its cell a part of the one before, or a cell magic.
_NEARLY_A_HEADER = re.compile(r"\s*#+\s*%%|# ?%\s|# ?%? ?\[markdown\]")
_PERCENT = {"extension": ".py", "format_name": "percent"}
# Keys that jupytext adds by itself: blank lines are its own affair, the others say that it could not read a header.
_JUPYTEXT_SPACING = ("lines_to_next_cell", "lines_to_end_of_cell_marker")


class Cell(NamedTuple):
    """One cell of a source.

    number  position in the chapter, from 1
    line    line of its header in the file
    header  that line, for messages
    kind    "code", "markdown" or "raw"
    tags    what the header says, as jupytext read it
    source  the text of the cell
    """

    number: int
    line: int
    header: str
    kind: str
    tags: dict
    source: str

    @property
    def exercise(self) -> str | None:
        """The exercise that the cell belongs to, whichever part of it this is."""
        return next((self.tags[key] for key in ("exercise", "check", "reflection") if key in self.tags), None)

    @property
    def grade_id(self) -> str | None:
        if "exercise" in self.tags:
            return str(self.tags["exercise"])
        part = next((key for key in ("check", "reflection") if key in self.tags), None)
        return f"{part}_{self.tags[part]}" if part else None


class Chapter(NamedTuple):
    """A source, read: `front` is its front matter (title, summary, times, extra, weights)."""

    name: str
    path: Path
    front: dict
    cells: list[Cell]


def read_chapter(path: Path) -> Chapter:
    """Read one source.

    Raises CourseError where jupytext and the headers in the file do not agree on the cells.
    """
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt=_PERCENT)
    front, first_line = _front_matter(path, text)
    headers = list(_headers(path, text, first_line))
    cells = [cell for cell in notebook.cells if not _is_front_matter(cell)]
    if len(cells) != len(headers):
        raise CourseError(
            f"solutions/{path.name}: {len(headers)} cell headers in the file, but jupytext reads {len(cells)} cells. "
            "Text before the first `# %%`, or `# %%` inside a string? Give each cell its own header."
        )
    parts = zip(headers, cells, strict=True)
    return Chapter(path.stem, path, front, [_cell(number, *part) for number, part in enumerate(parts, 1)])


def to_notebook(chapter: Chapter, install_source: str) -> nbformat.NotebookNode:
    """Spell a chapter out as the instructor's notebook, with nbgrader's metadata.

    install_source  text of the generated install cell; it goes right before the set-up cell
    """
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "course": {"chapter": chapter.name, **chapter.front},
        "kernelspec": dict(KERNELSPEC),
        "language_info": dict(LANGUAGE_INFO),
    }
    ids = _Ids()
    for cell in chapter.cells:
        if "setup" in cell.tags:
            notebook.cells.append(_install_cell(install_source))
        notebook.cells.append(_expanded(cell, ids))
    return notebook


def _front_matter(path: Path, text: str) -> tuple[dict, int]:
    """Read the commented YAML at the top; return it, and the line after it (from 0)."""
    lines = text.split("\n")
    if lines[0] != "# ---" or "# ---" not in lines[1:]:
        raise CourseError(
            f"solutions/{path.name}: no front matter. Begin the file with `# ---`, `# title: ...`, `# ---`."
        )
    end = lines.index("# ---", 1)
    front = yaml.safe_load("\n".join(line[2:] for line in lines[1:end])) or {}
    if not isinstance(front, dict) or not isinstance(front.get("title"), str):
        raise CourseError(f"solutions/{path.name}: the front matter has no title. Add the line `# title: ...` to it.")
    front.pop("jupyter", None)  # jupytext's own section: the notebook's metadata say all of it
    return front, end + 1


def _headers(path: Path, text: str, first_line: int) -> Iterator[tuple[int, str]]:
    """Find the cell headers with their line numbers (from 1)."""
    for number, line in enumerate(text.split("\n")[first_line:], first_line + 1):
        if _HEADER.match(line):
            yield number, line
        elif _NEARLY_A_HEADER.match(line):
            raise CourseError(
                f"solutions/{path.name}:{number}: `{line}` looks like a cell header and is none. "
                "A header begins with `# %%` and a blank; cell magics are not used here."
            )


def _is_front_matter(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "raw" and cell.source.startswith("---\n")


def _cell(number: int, header: tuple[int, str], cell: nbformat.NotebookNode) -> Cell:
    line, text = header
    tags = {key: value for key, value in cell.metadata.items() if key not in _JUPYTEXT_SPACING}
    return Cell(number, line, text, cell.cell_type, tags, cell.source)


class _Ids:
    """Cell ids that follow the text: a cell put in between changes no other cell's id."""

    def __init__(self):
        self.taken: set[str] = set()

    def new(self, cell: Cell) -> str:
        shown = next((f"{part}_{cell.tags[part]}" for part in ("figure", "gallery") if part in cell.tags), None)
        name = cell.grade_id or shown or ("setup" if "setup" in cell.tags else None)
        if name is None:
            name = hashlib.sha256(f"{cell.kind}\n{cell.source}".encode()).hexdigest()[:8]
        name = re.sub(r"[^A-Za-z0-9_-]", "-", name)[:60]
        unique, count = name, 1
        while unique in self.taken:
            count += 1
            unique = f"{name}-{count}"
        self.taken.add(unique)
        return unique


def _expanded(cell: Cell, ids: _Ids) -> nbformat.NotebookNode:
    new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[cell.kind]
    tags = {key: value for key, value in cell.tags.items() if key != "points"}  # nbgrader holds the points
    metadata = {"course": tags} if tags else {}
    if cell.grade_id:
        metadata["nbgrader"] = _nbgrader(cell)
    return new(cell.source, metadata=metadata, id=ids.new(cell))


def _nbgrader(cell: Cell) -> dict:
    """nbgrader's metadata, schema 3: an exercise is a solution, a check a grade, a reflection both."""
    is_check, is_reflection = "check" in cell.tags, "reflection" in cell.tags
    metadata = {
        "grade": is_check or is_reflection,
        "grade_id": cell.grade_id,
        "locked": is_check,
        "schema_version": 3,
        "solution": not is_check,
        "task": False,
    }
    return metadata | ({"points": cell.tags["points"]} if is_check or is_reflection else {})


def _install_cell(source: str) -> nbformat.NotebookNode:
    # cellView "form" folds the cell in Colab to its title: nobody needs to read it.
    metadata = {"cellView": "form", "course": {"install": True}}
    return nbformat.v4.new_code_cell(source, metadata=metadata, id="install")
