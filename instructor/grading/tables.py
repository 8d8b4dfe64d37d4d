"""The tables that the commands print: students by exercise, what could not be graded, what was mended."""

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from instructor.grading.classroom import Outcome
from instructor.grading.gradebook import Mark

_WAITS, _ABSENT = "?", "-"


def mark_tables(worth: dict[str, list[Mark]], outcomes: list[Outcome]) -> Group:
    """Return one table a chapter: a row for each student, a column for each graded cell.

    worth     what each chapter's cells are worth, without points
    outcomes  what was graded, in any order
    """
    students = sorted({outcome.student for outcome in outcomes if outcome.marks})
    by_key = {(outcome.student, outcome.chapter): outcome for outcome in outcomes if outcome.marks}
    tables = []
    for chapter, cells in worth.items():
        table = _empty_table(chapter, cells)
        for student in students:
            table.add_row(escape(student), *_row(cells, by_key.get((student, chapter))))
        tables.append(table)
    waits = any(mark.points is None for outcome in outcomes for mark in outcome.marks)
    legend = f"{_WAITS} waits for a reader (formgrader)" if waits else ""
    return Group(*tables, *([Text(legend)] if legend else []))


def problem_lines(outcomes: list[Outcome]) -> list[str]:
    """Return one line for each hand-in that could not be graded: who, what, why."""
    return [
        f"not graded: {outcome.student}, {outcome.chapter or 'no chapter'}: {outcome.problem}"
        for outcome in outcomes
        if outcome.problem
    ]


def progress_line(number: int, total: int, outcome: Outcome) -> str:
    """Return the line that is printed when a hand-in is done."""
    if outcome.problem:
        ended = "NOT GRADED"
    else:
        most = sum(mark.max_points for mark in outcome.marks)
        ended = f"{_plain(outcome.points)} / {_plain(most)}"
    mended = f", {len(outcome.mended)} mended" if outcome.mended else ""
    name = f"{outcome.student} {outcome.chapter}".strip()
    return f"[{number}/{total}] {name}: {ended}{mended} ({outcome.seconds:.1f} s)"


def _empty_table(chapter: str, cells: list[Mark]) -> Table:
    table = Table(title=chapter, title_justify="left")
    table.add_column("student", overflow="fold")
    for cell in cells:
        name = cell.name.removeprefix("check_").removeprefix("reflection_")
        table.add_column(f"{name} /{_plain(cell.max_points)}", justify="right")
    table.add_column(f"total /{_plain(sum(cell.max_points for cell in cells))}", justify="right")
    return table


def _row(cells: list[Mark], outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return [_ABSENT] * (len(cells) + 1)
    marks = [_WAITS if mark.points is None else _plain(mark.points) for mark in outcome.marks]
    return [*marks, _plain(outcome.points) + (f" + {_WAITS}" if _WAITS in marks else "")]


def _plain(points: float) -> str:
    return f"{points:g}"
