"""The report's page: one HTML file with everything in it; no script, no foreign request."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from course.paths import ROOT
from notebook_grader.export.columns import plain, question
from notebook_grader.gradebook.scores import GRADED, MISSING, REFUSED, WAITS, ClassScores, Score
from notebook_grader.report.findings import Chapter, Findings
from notebook_grader.report.mistakes import Count, Exercise

_TEMPLATE = Path(__file__).with_name("page.html")
_COLOURS = ROOT / "book" / "_static" / "styles" / "scheme.css"
_MOST_COMMON = 6
_SIGNS = {WAITS: "?", REFUSED: "!", MISSING: "–"}


class Common(NamedTuple):
    """One of the mistakes that most of the class made."""

    chapter: Chapter
    exercise: Exercise
    mistake: Count


class Cell(NamedTuple):
    """A cell of a table of marks: its text, the part of the points (0 to 1; None without a mark), and its state."""

    text: str
    share: float | None = None
    state: str = GRADED


class Row(NamedTuple):
    """A student's line in a table of marks; the last cell is the sum."""

    student: str
    cells: list[Cell]


def render(findings: Findings, name: str, day: date) -> str:
    """Return the page.

    name  of the class
    day   on which the report was made
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"plain": plain, "duration": _duration, "breaks": _breaks}
    environment.globals |= {"duration": _duration, "size": _size, "memory": lambda mb: f"{mb:,.0f} MB", "signs": _SIGNS}
    scores = findings.scores
    labels = {chapter.name: f"{chapter.number}. {chapter.title}" for chapter in findings.chapters}
    environment.globals["label"] = lambda chapter: labels.get(chapter, chapter)
    return environment.get_template(_TEMPLATE.name).render(
        findings=findings,
        name=name,
        day=f"{day.day} {day:%B %Y}",
        colours=_COLOURS.read_text(encoding="utf-8"),
        common=_common(findings),
        rows=[_row(scores, student, findings.chapters) for student in scores.people],
        exercise_rows=lambda chapter: _exercise_rows(scores, chapter),
        total=sum(chapter.most for chapter in findings.chapters),
    )


def _common(findings: Findings) -> list[Common]:
    """Return the mistakes that most students made, of all chapters; one that only one student made is no pattern."""
    found = [
        Common(chapter, exercise, mistake)
        for chapter in findings.chapters
        for exercise in chapter.exercises
        for mistake in exercise.named
        if mistake.count > 1
    ]
    return sorted(found, key=lambda one: -one.mistake.count)[:_MOST_COMMON]


def _row(scores: ClassScores, student: str, chapters: list[Chapter]) -> Row:
    own = [scores.scores[student, chapter.name] for chapter in chapters]
    cells = [_cell(score, chapter.most) for score, chapter in zip(own, chapters, strict=True)]
    graded = [score.points for score in own if score.state == GRADED]
    most = sum(chapter.most for chapter in chapters)
    return Row(
        student, [*cells, Cell(plain(sum(graded)), sum(graded) / most if most else 0)] if graded else [*cells, Cell("")]
    )


def _cell(score: Score, most: float) -> Cell:
    if score.state != GRADED:
        return Cell(_SIGNS[score.state], None, score.state)
    return Cell(plain(score.points), score.points / most if most else 0)


def _exercise_rows(scores: ClassScores, chapter: Chapter) -> list[Row]:
    rows = []
    for student in scores.people:
        score = scores.scores[student, chapter.name]
        if score.state == MISSING:
            continue
        marks = {mark.name: mark for mark in score.marks if mark.name not in score.waiting}
        cells = [
            Cell(plain(marks[one.cell].points), marks[one.cell].points / one.most if one.most else 0)
            if one.cell in marks
            else Cell(_SIGNS[score.state if score.state == REFUSED else WAITS], None, score.state)
            for one in chapter.exercises
        ]
        rows.append(Row(student, [*cells, _cell(score, chapter.most)]))
    return rows


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {round(seconds % 60)} s"


def _size(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"


def _breaks(name: str) -> Markup:
    """Let a long name break behind its underscores."""
    return Markup("_<wbr>").join(escape(part) for part in question(name).split("_"))
