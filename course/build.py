"""From solutions/NN.py to notebooks/NN.ipynb, one way, and the proof that what is committed equals a rebuild.

solutions/NN.py --jupytext--> build/source/NN/NN.ipynb --nbgrader--> build/release/NN/NN.ipynb -> notebooks/NN.ipynb
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from course import CourseError
from course.authoring import Chapter, read_chapter, to_notebook
from course.citations import with_plain_citations
from course.colab import grading_notebook, install_cell
from course.new import require_filled_in
from course.paths import Paths
from course.rules import require_rules
from course.rules.problem import region_of
from course.stripping import strip
from notebook_grader import markers

# A shorter line says too little to be looked for: `return x_t` stands in many a cell that gives nothing away.
SHORTEST_TELLTALE = 16  # characters, blanks not counted
# Longer ones that stand in any PyTorch program, and name nothing of an exercise.
EVERYDAY_LINES = {"with torch.no_grad():"}


def build(paths: Paths, out: Paths | None = None, only: str | None = None) -> list[Path]:
    """Build the chapters' notebooks from their sources.

    paths  the checkout that is read
    out    where the notebooks go; default: the same checkout
    only   number or name of the one chapter to build; default: all

    Returns the released notebooks. Raises CourseError where a source breaks a rule, a solution leaks, or no chapter is
    called `only`.
    """
    out = out or paths
    chapters = build_sources(paths, out, only)
    released = strip(paths, out, chapters)
    for chapter in chapters:
        require_no_leak(chapter, released)
    for name, notebook in released.items():
        _write(out.notebook(name), with_plain_citations(notebook, paths.bibliography))
    _write(out.grading_notebook, grading_notebook(paths.root))
    return [out.notebook(chapter.name) for chapter in chapters]


def build_sources(paths: Paths, out: Paths | None = None, only: str | None = None) -> list[Chapter]:
    """Write the instructor's notebooks (build/source), solutions and hidden tests included; no nbgrader needed."""
    out = out or paths
    names = paths.chapters() if only is None else [paths.chapter(only)]
    chapters = [read_chapter(paths.solution(name)) for name in names]
    for chapter in chapters:
        exercises = [cell.tags["exercise"] for cell in chapter.cells if "exercise" in cell.tags]
        require_filled_in(paths, chapter.name, exercises)
        require_rules(chapter)
    for chapter in chapters:
        install = install_cell(paths.root, chapter.front.get("extra"))
        _write(out.source(chapter.name), to_notebook(chapter, install))
    return chapters


def check(paths: Paths) -> None:
    """Rebuild everything generated in a temporary place and compare it with what is committed.

    Raises CourseError that names each differing file and the command that mends it.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Paths(Path(folder).resolve())
        build(paths, fresh)
        found = sorted({*_names(paths.notebooks), *_names(fresh.notebooks)})
        differences = [told for name in found if (told := _difference(paths.notebooks / name, fresh.notebooks / name))]
    if differences:
        raise CourseError("\n".join(differences))


def require_no_leak(chapter: Chapter, released: dict[str, nbformat.NotebookNode]) -> None:
    """Search all released notebooks for every line of the chapter's solutions and hidden tests.

    Raises CourseError naming the line, the cell that it comes from and the notebook that shows it.
    """
    texts = {name: list(_texts(notebook)) for name, notebook in released.items()}
    for _, number, line in secret_lines(chapter):
        for name, strings in texts.items():
            if any(line in text for text in strings):
                raise CourseError(
                    f"solutions/{chapter.path.name}, cell {number}: the line `{line}` is to be hidden, but stands in "
                    f"notebooks/{name}.ipynb too. Reword one of them, or move what both need into helpers."
                )


def secret_lines(chapter: Chapter) -> Iterator[tuple[str, int, str]]:
    """Name every telling line between markers: part ("exercise", "check", "reflection"), number of the cell, line."""
    for cell in chapter.cells:
        region = region_of(cell)
        part = next((part for part in ("exercise", "check", "reflection") if part in cell.tags), "")
        for line in markers.lines_within(cell.source, [region]) if region else []:
            if len(re.sub(r"\s", "", line)) >= SHORTEST_TELLTALE and line.strip() not in EVERYDAY_LINES:
                yield part, cell.number, line.strip()


def _texts(node) -> Iterator[str]:
    """Walk every string of a notebook: sources, outputs, metadata."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.ipynb")]


def _difference(committed: Path, fresh: Path) -> str | None:
    name = f"notebooks/{committed.name}"
    if not fresh.is_file():
        return f"{name} comes from no source. Delete it, or write solutions/{committed.stem}.py."
    if not committed.is_file():
        return f"{name} is missing. Run `course build` and commit the file."
    if committed.read_bytes() != fresh.read_bytes():
        source = f"solutions/{committed.stem}.py"
        return f"{name} differs from a rebuild of {source}. Edit only the source, run `course build`, commit both."
    return None


def _write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook in one canonical form; an unchanged file keeps its time of change."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
