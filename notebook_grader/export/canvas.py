"""Marks for Canvas's gradebook import: its own file filled in, or the smallest file that it takes.

Canvas asks for the columns Student, ID and, last before the assignments, Section; assignments are called
"Name (1234)"; a line "Points Possible" stands above the students. An empty cell deletes a mark, so a cell for which we
have none stays as it is; EX excuses, and N/A says that the assignment is not for this student: they stay too.
"""

import csv
import re
from pathlib import Path

from notebook_grader import GraderError
from notebook_grader.export.columns import Column, cell_text, guarded, plain
from notebook_grader.export.match import RosterLine, match_roster
from notebook_grader.export.roster import Roster
from notebook_grader.gradebook.scores import ClassScores, Person

_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)")
_NUMBER = re.compile(r".+_(\d+)")
_KEPT = ("EX", "N/A")


def write_canvas(scores: ClassScores, columns: list[Column], to: Path) -> list[str]:
    """Write a file with a line a student; Canvas asks which of its assignments the columns are. Return remarks."""
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(one.name for one in columns)])
        writer.writerow(["    Points Possible", "", "", "", "", *(plain(one.most) for one in columns)])
        for student, person in scores.people.items():
            texts = [cell_text(scores, student, column) for column in columns]
            writer.writerow([guarded(_sortable(person)), _canvas_number(person), "", student, "", *texts])
    return []


def fill_canvas(scores: ClassScores, columns: list[Column], roster: Path, to: Path, named: dict[str, str]) -> list[str]:
    """Fill the marks into a gradebook that Canvas exported; return a remark for all that was not as it should be.

    named  which assignment is which column of ours, where the titles do not say: {our name: Canvas's title}

    Raises GraderError where the file is no such gradebook, or a title fits several columns.
    """
    file = Roster(roster)
    if file.column("ID") is None or file.column("Section") is None:
        raise GraderError(
            f"{roster.name} is no gradebook of Canvas: it has no columns ID and Section. Export it there."
        )
    places, remarks = _places(file, columns, named)
    possible = next((line for line in file.lines if "Points Possible" in file.cell(line, 0)), None)
    students = [line for line in file.lines if line != possible and file.cell(line, file.column("ID"))]
    matched = match_roster([_line(file, line) for line in students], scores.people)
    remarks += matched.remarks
    for column, place in places.items():
        remarks += _points_differ(file, possible, column, place)
        for line, student in matched.student_of.items():
            text, before = cell_text(scores, student, column), file.cell(line, place)
            if text and before in _KEPT:
                remarks.append(f"{student}, {column.name}: Canvas has {before}; it was kept, not {text}")
            elif text:
                file.put(line, place, text)
    file.write(to)
    return remarks


def _places(file: Roster, columns: list[Column], named: dict[str, str]) -> tuple[dict[Column, int], list[str]]:
    """Find each column's assignment in the file."""
    titles = {n: match["title"] for n, name in enumerate(file.header) if (match := _ASSIGNMENT.fullmatch(name))}
    places, remarks = {}, []
    for column in columns:
        if column.name in named:
            wanted = named[column.name]
            found = [n for n, title in titles.items() if wanted in (title, file.header[n])]
        else:
            found = [n for n, title in titles.items() if column.is_called(title)]
        if len(found) > 1:
            several = ", ".join(file.header[n] for n in found)
            raise GraderError(
                f'{column.name} fits several assignments: {several}. Say which: --column "{column.name}=TITLE".'
            )
        if found:
            places[column] = found[0]
        else:
            remarks.append(f'{column.name}: no assignment is called so; say which with --column "{column.name}=TITLE"')
    if len(set(places.values())) < len(places):
        raise GraderError("Two chapters fit the same assignment. Say which is which with --column.")
    return places, remarks


def _line(file: Roster, line: int) -> RosterLine:
    def cell(*names: str) -> str:
        return next((text for name in names if (text := file.cell(line, file.column(name)))), "")

    name = cell("Student") or f"{cell('LastName')}, {cell('FirstName')}"
    return RosterLine(line, cell("SIS Login ID"), cell("SIS User ID"), cell("ID"), cell("Email", "SIS Login ID"), name)


def _points_differ(file: Roster, line: int | None, column: Column, place: int) -> list[str]:
    said = file.cell(line, place) if line is not None else ""
    try:
        is_same = not said or float(said.replace(",", ".")) == column.most
    except ValueError:
        is_same = False
    if is_same:
        return []
    return [
        f"{column.name}: worth {plain(column.most)} here and {said} in Canvas; set it to {plain(column.most)} there"
    ]


def _sortable(person: Person) -> str:
    return ", ".join(filter(None, (person.last_name, person.first_name))) or person.student


def _canvas_number(person: Person) -> str:
    """Return Canvas's number of a student: from the gradebook, or as it stood in the name of the downloaded file."""
    match = _NUMBER.fullmatch(person.student)
    return person.lms_id or (match[1] if match else "")
