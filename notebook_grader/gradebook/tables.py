"""The tables that the commands print: students by exercise, what could not be graded, what was mended."""

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from notebook_grader.batch.run import Outcome
from notebook_grader.gradebook.gradebook import Mark

_WAITS, _ABSENT, _REFUSED = "?", "-", "!"
_LEGEND = {
    _WAITS: "waits for a reader (formgrader)",
    _REFUSED: "could not be graded: the reason stands below",
    _ABSENT: "not handed in",
}


def mark_tables(worth: dict[str, list[Mark]], outcomes: list[Outcome]) -> Group:
    """Return one table a chapter: a row for each student, a column for each graded cell.

    worth     what each chapter's cells are worth, without points
    outcomes  what was graded, in any order
    """
    students = sorted({outcome.student for outcome in outcomes if outcome.chapter})
    by_key = {(outcome.student, outcome.chapter): outcome for outcome in outcomes}
    tables, used = [], set()
    for chapter, cells in worth.items():
        table = _empty_table(chapter, cells)
        for student in students:
            row = _row(cells, by_key.get((student, chapter)))
            used |= set(row)
            table.add_row(escape(student), *row)
        tables.append(table)
    return Group(*tables, *(Text(f"{sign} {meaning}") for sign, meaning in _LEGEND.items() if sign in used))


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
    how = "as before" if outcome.is_old else f"{outcome.seconds:.1f} s"
    return f"[{number}/{total}] {name}: {ended}{mended} ({how})"


def _empty_table(chapter: str, cells: list[Mark]) -> Table:
    table = Table(title=chapter, title_justify="left")
    table.add_column("student", no_wrap=True)
    for cell in cells:
        name = cell.name.removeprefix("check_").removeprefix("reflection_")
        table.add_column("\n".join([*name.split("_"), f"/{_plain(cell.max_points)}"]), justify="right")
    table.add_column(f"sum\n/{_plain(sum(cell.max_points for cell in cells))}", justify="right")
    return table


def _row(cells: list[Mark], outcome: Outcome | None) -> list[str]:
    if outcome is None or outcome.problem:
        return [_ABSENT if outcome is None else _REFUSED] * (len(cells) + 1)
    marks = [_WAITS if mark.points is None else _plain(mark.points) for mark in outcome.marks]
    return [*marks, _plain(outcome.points) + (f" + {_WAITS}" if _WAITS in marks else "")]


def _plain(points: float) -> str:
    return f"{points:g}"
