"""Marks for Moodle: a file for its grade import, or an assignment's offline grading worksheet filled in.

In the import an empty cell of a new grade item becomes 0 in Moodle's database, and "-" is no grade in new items and
old ones: so "-" it is. A line whose identifier is empty would go to the student of the line above: such students are
left out. In the worksheet an empty grade changes nothing.
"""

import csv
import html
from pathlib import Path

from notebook_grader import GraderError
from notebook_grader.export.columns import Column, cell_text, guarded, plain, question
from notebook_grader.export.match import RosterLine, match_roster
from notebook_grader.export.roster import Roster
from notebook_grader.gradebook.scores import GRADED, ClassScores, Person

NO_GRADE = "-"
IDENTIFIERS = {"username": "Username", "email": "Email address", "idnumber": "ID number"}


def write_moodle(
    scores: ClassScores, columns: list[Column], to: Path, identifier: str, comments: dict[tuple[str, str], str] | None
) -> list[str]:
    """Write a file for Moodle's import of grades from CSV; return a remark for each student who is left out.

    identifier  which field says who a line is: a key of IDENTIFIERS
    comments    a text for each student and chapter, each chapter's in a column of its own; None: no such columns
    """
    remarks = []
    chapters = list(dict.fromkeys(column.chapter for column in columns)) if comments is not None else []
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        titles = [*(column.name for column in columns), *(f"{chapter} (feedback)" for chapter in chapters)]
        writer.writerow([IDENTIFIERS[identifier], *titles])
        for student, person in scores.people.items():
            who = _identifier(person, identifier)
            if not who:
                remarks.append(f"{student}: has no {IDENTIFIERS[identifier].lower()} in the gradebook and was left out")
                continue
            marks = [cell_text(scores, student, column) or NO_GRADE for column in columns]
            texts = [guarded((comments or {}).get((student, chapter), "")) for chapter in chapters]
            writer.writerow([who, *marks, *texts])
    return remarks


def fill_worksheet(
    scores: ClassScores, column: Column, roster: Path, to: Path, comments: dict[tuple[str, str], str] | None
) -> list[str]:
    """Fill one chapter's marks into an offline grading worksheet; return a remark for all that Moodle would not take.

    Raises GraderError where the file is no such worksheet.
    """
    file = Roster(roster)
    grade, feedback = file.column("Grade"), file.column("Feedback comments")
    if file.column("Identifier") is None or grade is None or file.column("Last modified (grade)") is None:
        raise GraderError(
            f"{roster.name} is no grading worksheet: expected the columns Identifier, Grade and Last modified (grade). "
            "Download it from the assignment, with Moodle set to English."
        )
    if comments is not None and feedback is None:
        raise GraderError(f"{roster.name} has no column for comments. Turn on feedback comments in the assignment.")
    matched = match_roster([_line(file, line) for line in file.lines], scores.people)
    remarks = list(matched.remarks)
    for line, student in matched.student_of.items():
        if text := cell_text(scores, student, column):
            remarks += _refused_by_moodle(file, line, student, float(text))
            file.put(line, grade, text)
        if comments is not None and (comment := comments.get((student, column.chapter))):
            file.put(line, feedback, guarded(comment))
    file.write(to)
    return remarks


def comments_of(scores: ClassScores, results: list[dict]) -> dict[tuple[str, str], str]:
    """Return for each hand-in what to tell its student: why it has no mark, or what each wrong answer probably does."""
    comments = {}
    for result in results:
        key = result["student"], result["chapter"]
        score = scores.scores.get(key)
        if score and score.problem:
            comments[key] = html.escape(score.problem, quote=False)
        elif score and score.state == GRADED:
            told = [(question(one.get("check") or ""), one.get("cause") or one.get("symptom") or "not right yet")
                    for one in result["mistakes"] or []]  # fmt: skip
            if told:
                comments[key] = html.escape(" ".join(f"{name}: {text}" for name, text in told), quote=False)
    return comments


def _identifier(person: Person, kind: str) -> str:
    if kind == "email":
        return person.email or (person.student if "@" in person.student else "")
    return person.lms_id if kind == "idnumber" and person.lms_id else person.student


def _line(file: Roster, line: int) -> RosterLine:
    def cell(name: str) -> str:
        return file.cell(line, file.column(name))

    number = cell("Identifier").rpartition(" ")[2]
    return RosterLine(line, cell("Username"), cell("ID number"), number, cell("Email address"), cell("Full name"))


def _refused_by_moodle(file: Roster, line: int, student: str, points: float) -> list[str]:
    """Say which marks Moodle would pass over in silence."""
    remarks = []
    if file.cell(line, file.column("Grade can be changed")).casefold() == "no":
        remarks.append(
            f"{student}: Moodle says that the grade cannot be changed and will pass over it; unlock it there"
        )
    try:
        most = float(file.cell(line, file.column("Maximum Grade")).replace(",", "."))
    except ValueError:
        return remarks
    if points > most:
        remarks.append(
            f"{student}: has {plain(points)}, Moodle takes at most {plain(most)}; set the maximum higher there"
        )
    return remarks
