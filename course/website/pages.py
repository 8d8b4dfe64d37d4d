"""A chapter's page: the released notebook's text and code with the outputs of the reference run."""

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from course import CourseError
from course.authoring import KERNELSPEC
from course.citations import with_plain_citations
from course.execute import Run
from course.website import callouts, outputs
from course.website.pictures import join_pictures
from notebook_grader import markers

_PARTS = ("install", "setup", "exercise", "check", "reflection", "figure", "widget", "gallery")


class Sources(NamedTuple):
    """What a page is made from.

    chapter       name, such as "02_forward_process"
    released      the student's notebook
    executed      the reference run of the instructor's notebook, same cell ids
    colab         address that opens the released notebook in Colab
    bibliography  the .bib file of the citations
    solutions     True shows the solutions in place of the student's code
    run           what the reference run cost
    """

    chapter: str
    released: NotebookNode
    executed: NotebookNode
    colab: str
    bibliography: Path
    solutions: bool = False
    run: Run | None = None


def chapter_page(sources: Sources) -> NotebookNode:
    """Join the two notebooks into the one that Jupyter Book sets.

    Raises CourseError, naming file, cell and cure, where the reference run does not belong to the released notebook,
    where a picture has no alt text, or where the chapter has no title.
    """
    runs = _matched(sources)
    page = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNELSPEC)})
    page.cells = [_page_cell(sources, cell, runs[cell.id]) for cell in sources.released.cells]
    try:
        page.cells[0].source = callouts.with_bar(page.cells[0].source, _bar(sources))
    except ValueError as error:
        source = f"solutions/{sources.chapter}.py"
        raise CourseError(f"{source}: {error}. Mend its first cell.") from error
    return page


def chapter_cards(released: Iterable[tuple[str, NotebookNode]]) -> str:
    """Return the markdown of the landing page's cards: title and summary of each chapter, in order."""
    cards = "\n".join(_card(number, name, notebook) for number, (name, notebook) in enumerate(released, 1))
    return f":::::{{grid}} 1 2 2 3\n:gutter: 3\n:class-container: chapter-cards\n\n{cards}\n:::::"


def cost_table(sources: Iterable[Sources]) -> str:
    """Return the markdown of the table of what each chapter costs: stated on a T4 and a CPU, measured by its run."""
    head = "| chapter | on a T4 | on two CPU cores | the reference run | its peak memory |\n|---|---|---|---|---|\n"
    return head + "\n".join(_cost_row(source) for source in sources)


def _cost_row(source: Sources) -> str:
    course = source.released.metadata.get("course", {})
    stated = [course.get("times", {}).get(key, "") for key in ("t4", "cpu")]
    measured = ["", ""]
    if run := source.run:
        measured = [f"{run.seconds:.0f} s on {run.cores} core{'s' * (run.cores > 1)}", _gigabytes(run)]
    return f"| {' | '.join([course.get('title', source.chapter), *stated, *measured])} |"


def _card(number: int, chapter: str, released: NotebookNode) -> str:
    course = released.metadata.get("course", {})
    title, summary = course.get("title", chapter), course.get("summary", "")
    options = f":link: /notebooks/{chapter}\n:link-type: doc"
    return f"::::{{grid-item-card}} [{number}]{{.number}} {title}\n{options}\n\n{summary}\n::::"


def _matched(sources: Sources) -> dict[str, NotebookNode]:
    """Find each released cell's twin in the reference run, and see that the run is not older than the release."""
    name = sources.chapter
    runs = {cell.id: cell for cell in sources.executed.cells}
    written_out = with_plain_citations(deepcopy(sources.executed), sources.bibliography)
    texts = {cell.id: cell.source for cell in written_out.cells}
    for cell in sources.released.cells:
        twin = runs.get(cell.id)
        is_graded = "nbgrader" in cell.metadata
        if twin is None or (not is_graded and texts[cell.id] != cell.source):
            found = "is not in it" if twin is None else "has another text there"
            raise CourseError(
                f"build/executed/{name}.ipynb is older than notebooks/{name}.ipynb: cell {cell.id!r} {found}. "
                "Run `course build`, then `course execute`."
            )
    return runs


def _page_cell(sources: Sources, cell: NotebookNode, run: NotebookNode) -> NotebookNode:
    is_answer = cell.metadata.get("nbgrader", {}).get("solution", False)
    text = _with_solution(run.source) if sources.solutions and is_answer else cell.source
    if cell.cell_type == "markdown":
        if "nbgrader" not in cell.metadata:
            text = run.source  # with the citations that Sphinx sets and lists
        return nbformat.v4.new_markdown_cell(callouts.to_page(text), id=cell.id)
    tags = cell.metadata.get("course", {})
    page = nbformat.v4.new_code_cell(text, id=cell.id)
    page.outputs = join_pictures(outputs.shown(run.get("outputs", []), only_pictures="widget" in tags))
    if "check" in tags:
        page.outputs = outputs.without_repeats(page.outputs)
    _require_success(sources.chapter, cell, page.outputs)
    presentation = _presentation(sources.chapter, cell, page.outputs)
    page.metadata = NotebookNode(tags=_tags(tags, page.outputs), mystnb=presentation)
    return page


def _with_solution(source: str) -> str:
    """The instructor's text of a cell without its marker lines."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in markers.MARKERS)


def _tags(course: dict, shown: list[NotebookNode]) -> list[str]:
    """Tags that styles/cells.css goes by; the install cell and a widget's code are folded."""
    tags = [part for part in _PARTS if part in course]
    tags += ["hide-input"] if "install" in course or "widget" in course else []
    return tags + (["columns"] if any(outputs.has_columns(output) for output in shown) else [])


def _presentation(chapter: str, cell: NotebookNode, shown: list[NotebookNode]) -> dict:
    """Alt text, caption and fold label of a cell, in MyST-NB's words."""
    course = cell.metadata.get("course", {})
    if "install" in course:
        return _folded("Installation on Colab")
    if not any(outputs.has_picture(output) for output in shown):
        return _require_picture(chapter, cell)
    caption = course.get("caption") or course.get("title", "")
    alt = course.get("alt") or caption
    if not alt:
        raise CourseError(
            f'{chapter}, cell {cell.id!r}: it draws a picture without alt text. Add alt="what is to be seen" and '
            f'caption="..." to its header in solutions/{chapter}.py.'
        )
    figure = {"caption": caption, "name": f"fig-{chapter[:2]}-{course.get('figure', cell.id)}"}
    return {"image": {"alt": alt}, "figure": figure} | (_folded("The panel's code") if "widget" in course else {})


def _folded(label: str) -> dict:
    return {"code_prompt_show": label, "code_prompt_hide": label}


def _require_picture(chapter: str, cell: NotebookNode) -> dict:
    course = cell.metadata.get("course", {})
    for part in ("figure", "widget", "gallery"):
        if part in course:
            raise CourseError(
                f"{chapter}, cell {cell.id!r}: it is tagged {part!r}, but the reference run drew no picture. "
                "Show one with matplotlib; a widget's cell shows a still picture beside its panel."
            )
    return {}


def _require_success(chapter: str, cell: NotebookNode, shown: list[NotebookNode]) -> None:
    error = next((output for output in shown if output.output_type == "error"), None)
    if error is not None:
        raise CourseError(
            f"build/executed/{chapter}.ipynb, cell {cell.id!r}: the reference run failed with {error.ename}: "
            f"{error.evalue}. Mend solutions/{chapter}.py, then run `course execute`."
        )


def _bar(sources: Sources) -> str:
    """The line under the title: Colab, the notebook itself, the time it takes."""
    colab = f"[Open in Colab]({sources.colab}){{.bar-colab}}"
    notebook = f"{{download}}`Download the notebook <released/{sources.chapter}.ipynb>`"
    return f"::::{{div}} chapter-bar\n{colab} {notebook} {_cost(sources)}\n::::\n"


def _cost(sources: Sources) -> str:
    """Times on a T4 and on a CPU as the author states them, and the memory that the reference run measured."""
    times = sources.released.metadata.get("course", {}).get("times", {})
    parts = [f"{times[key]} on {place}" for key, place in (("t4", "a T4"), ("cpu", "two CPU cores")) if key in times]
    parts += [f"{_gigabytes(sources.run)} of memory"] if sources.run else []
    return f"[{', '.join(parts)}]{{.bar-time}}" if parts else ""


def _gigabytes(run: Run) -> str:
    return f"{run.peak_mb / 1000:.1f} GB"
