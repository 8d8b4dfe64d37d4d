"""The whole class's marks in one reading of nbgrader's gradebook: what reports and exports are made from."""

import json
import unicodedata
from typing import NamedTuple

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

from notebook_grader.gradebook.gradebook import ClassDirectory, Mark

GRADED, WAITS, REFUSED, MISSING = "graded", "waits", "refused", "missing"


class Person(NamedTuple):
    """A student as the gradebook knows them; all but the name may be ""."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""


class Score(NamedTuple):
    """One student's chapter.

    state    GRADED, WAITS for a reader, REFUSED (could not be graded) or MISSING
    points   marks so far less the penalty, never below 0; None where nothing is in the gradebook
    penalty  points taken off by nbgrader's late rule
    marks    of every graded cell, in the notebook's order; empty where nothing is in the gradebook
    waiting  names of the cells that a person has still to read
    problem  why the newest hand-in could not be graded; "" where it was. With marks, they are an earlier one's
    """

    student: str
    chapter: str
    state: str
    points: float | None = None
    penalty: float = 0.0
    marks: tuple[Mark, ...] = ()
    waiting: tuple[str, ...] = ()
    problem: str = ""


class ClassScores(NamedTuple):
    """A class's marks.

    titles  of each chapter, as its page has it
    worth   what each chapter's cells are worth, in order
    people  every student of the gradebook, sorted by name
    scores  a Score for each student and chapter
    """

    titles: dict[str, str]
    worth: dict[str, list[Mark]]
    people: dict[str, Person]
    scores: dict[tuple[str, str], Score]

    def most(self, chapter: str) -> float:
        """Return the points that a chapter is worth."""
        return sum(mark.max_points for mark in self.worth[chapter])


def read_scores(course: ClassDirectory) -> ClassScores:
    """Read every mark of a class. Raises CourseError where nothing is released."""
    chapters = course.chapters()
    worth = {chapter: course.worth(chapter) for chapter in chapters}
    problems = {(one["student"], one["chapter"]): one["problem"] for one in read_results(course) if one["problem"]}
    with course.gradebook() as gradebook:
        people = {one.id: _person(one) for one in sorted(gradebook.students, key=_by_name)}
        penalties, grades = _penalties(gradebook.db), _grades(gradebook.db)
    scores = {}
    for student in people:
        for chapter in worth:
            key = student, chapter
            problem = problems.get(key, "")
            if key not in penalties:
                scores[key] = Score(*key, REFUSED if problem else MISSING, problem=problem)
            else:
                scores[key] = _score(key, worth[chapter], grades.get(key, {}), penalties[key], problem)
    return ClassScores({chapter: _title(course, chapter) for chapter in chapters}, worth, people, scores)


def read_results(course: ClassDirectory) -> list[dict]:
    """Read the results of all hand-ins, with the fields that older files lack; what is no result is left out."""
    results = []
    for path in sorted(course.folder.glob("results/*/*.json")):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue  # written at this moment, or no file of ours
        if isinstance(found, dict) and {"student", "chapter"} <= set(found):
            results.append(_LACKING | found)
    return results


_LACKING = {
    "marks": [], "mended": [], "problem": "", "mistakes": None, "flags": [], "seconds": None, "peak_mb": None,
    "bytes": None, "level": "",
}  # fmt: skip


def _title(course: ClassDirectory, chapter: str) -> str:
    return course.released_notebook(chapter).metadata.get("course", {}).get("title") or chapter


def _by_name(student) -> tuple[str, str]:
    """Return what students are sorted by: without accents and capitals, so that Gödel stands before Goldwasser."""
    letters = unicodedata.normalize("NFKD", student.id).casefold()
    return "".join(sign for sign in letters if not unicodedata.combining(sign)), student.id


def _person(student) -> Person:
    known = (student.first_name, student.last_name, student.email, student.lms_user_id)
    return Person(student.id, *(value or "" for value in known))


def _penalties(database) -> dict[tuple[str, str], float]:
    """Return the late penalty of everything that was handed in."""
    rows = database.query(
        SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.late_submission_penalty
    ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    return {(student, chapter): penalty or 0.0 for student, chapter, penalty in rows}


def _grades(database) -> dict[tuple[str, str], dict[str, tuple[float | None, bool]]]:
    """Return points and whether a person is to read it, by student and chapter, then by cell."""
    rows = (
        database.query(SubmittedAssignment.student_id, Assignment.name, Grade)
        .select_from(Grade)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    )
    found: dict[tuple[str, str], dict] = {}
    for student, chapter, grade in rows:
        has_points = grade.auto_score is not None or grade.manual_score is not None
        points = grade.score if has_points else None
        found.setdefault((student, chapter), {})[grade.name] = points, bool(grade.needs_manual_grade)
    return found


def _score(key: tuple[str, str], worth: list[Mark], grades: dict, penalty: float, problem: str) -> Score:
    marks = tuple(mark._replace(points=grades.get(mark.name, (None, True))[0]) for mark in worth)
    waiting = tuple(mark.name for mark in marks if mark.points is None or grades[mark.name][1])
    points = max(0.0, sum(mark.points or 0.0 for mark in marks) - penalty)
    return Score(*key, WAITS if waiting else GRADED, points, penalty, marks, waiting, problem)
