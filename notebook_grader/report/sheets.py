"""The report's CSV files, for a spreadsheet: marks by student and exercise, and mistakes by exercise."""

import csv
from collections.abc import Iterator
from pathlib import Path

from notebook_grader.export.columns import guarded, plain, question
from notebook_grader.gradebook.scores import GRADED, ClassScores
from notebook_grader.report.findings import Findings


def write_sheets(findings: Findings, folder: Path) -> list[Path]:
    """Write marks.csv and mistakes.csv into a folder; return both."""
    marks, mistakes = folder / "marks.csv", folder / "mistakes.csv"
    _write(marks, _marks(findings.scores))
    _write(mistakes, _mistakes(findings))
    return [marks, mistakes]


def _write(path: Path, rows: Iterator[list]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # spreadsheets know UTF-8 by its mark
        csv.writer(file).writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def _marks(scores: ClassScores) -> Iterator[list]:
    """Yield a header and a line a student; no mark is an empty cell, never 0. A chapter's sum is less its penalty."""
    header = ["student", "last_name", "first_name", "email"]
    for chapter, worth in scores.worth.items():
        header += [f"{chapter} {question(mark.name)} (of {mark.max_points:g})" for mark in worth]
        header += [f"{chapter} penalty", f"{chapter} (of {scores.most(chapter):g})", f"{chapter} state"]
    yield header
    for student, person in scores.people.items():
        row = [student, person.last_name, person.first_name, person.email]
        for chapter, worth in scores.worth.items():
            score = scores.scores[student, chapter]
            points = {mark.name: mark.points for mark in score.marks if mark.name not in score.waiting}
            row += [_number(points.get(mark.name)) for mark in worth]
            row += [
                _number(score.penalty or None),
                _number(score.points if score.state == GRADED else None),
                score.state,
            ]
        yield row


def _mistakes(findings: Findings) -> Iterator[list]:
    yield ["chapter", "exercise", "mistake", "what the code probably does", "students", "answers", "right"]
    for chapter in findings.chapters:
        for one in chapter.exercises:
            rest = [one.marked, one.right]
            for count in (*one.named, *one.symptoms):
                yield [chapter.name, one.name, count.name or "(not named)", count.text, count.count, *rest]
            for count, name in ((one.blank, "(no answer)"), (one.silent, "(nothing on record)")):
                if count:
                    yield [chapter.name, one.name, name, "", count, *rest]


def _number(points: float | None) -> float | str:
    return "" if points is None else float(plain(points))
