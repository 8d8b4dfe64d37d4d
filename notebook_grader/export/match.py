"""Which line of a learning platform's file is which student of the gradebook."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from notebook_grader.export.columns import words
from notebook_grader.gradebook.scores import Person

_NUMBERED = re.compile(r"(?P<name>.+?)(?:_(?P<canvas>\d+)| \((?P<moodle>\d+)\))")


class RosterLine(NamedTuple):
    """What a platform's file says about one person, each "" where it says nothing.

    line   number of the line
    name   "Lovelace, Ada" or "Ada Lovelace"
    """

    line: int
    login: str = ""
    sis_id: str = ""
    number: str = ""
    email: str = ""
    name: str = ""


class Matched(NamedTuple):
    """How lines and students met.

    student_of  the student of each line that has one
    remarks     a line of text for each student or line of the roster that has none, or several
    """

    student_of: dict[int, str]
    remarks: list[str]


def match_roster(lines: list[RosterLine], people: dict[str, Person]) -> Matched:
    """Find each line's student, by the strongest of login, SIS number, platform's number, e-mail address and name.

    A student of several lines, and a line of several students, stay unmatched: a mark must not go to a namesake.
    """
    indexes = [_index(people, keys) for keys in (_logins, _logins, _numbers, _emails, _names)]
    found = {line.line: _students(line, indexes) for line in lines}
    named = {line.line: line.name or line.login or line.number for line in lines}
    claimed: dict[str, list[int]] = {}
    for number, students in found.items():
        if len(students) == 1:
            claimed.setdefault(*students, []).append(number)
    alone = {numbers[0]: student for student, numbers in claimed.items() if len(numbers) == 1}
    remarks = [
        f"several students fit {named[number]!r} of the roster: {', '.join(sorted(students))}; none was filled in"
        for number, students in found.items()
        if len(students) > 1
    ]
    for student in people:
        numbers = claimed.get(student, [])
        if len(numbers) > 1:
            remarks.append(f"{student}: {len(numbers)} lines of the roster fit; none was filled in")
        elif not numbers and not any(student in students for students in found.values()):
            remarks.append(f"{student}: no line of the roster fits; nothing was filled in")
    return Matched(alone, remarks)


def _students(line: RosterLine, indexes: list[dict[str, set[str]]]) -> set[str]:
    """Return the students of the strongest key that anybody has."""
    keys = [line.login, line.sis_id, line.number, line.email, _name_key(line.name)]
    for key, index in zip(keys, indexes, strict=True):
        if key and (students := index.get(_folded(key))):
            return students
    return set()


def _index(people: dict[str, Person], keys) -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for student, person in people.items():
        for key in filter(None, keys(person)):
            index.setdefault(_folded(key), set()).add(student)
    return index


def _logins(person: Person) -> Iterator[str]:
    yield from (person.student, person.email, person.lms_id)


def _numbers(person: Person) -> Iterator[str]:
    """Yield what can be a platform's number: also the one that it put behind the name of a downloaded file."""
    yield from (person.lms_id, person.student)
    if match := _NUMBERED.fullmatch(person.student):
        yield match["canvas"] or match["moodle"]


def _emails(person: Person) -> Iterator[str]:
    yield from (person.email, person.student)


def _names(person: Person) -> Iterator[str]:
    """Yield a student's names in the form of `_name_key`."""
    match = _NUMBERED.fullmatch(person.student)
    yield _name_key(person.student)
    if match and match["canvas"]:
        yield _name_key(match["name"])
    if person.first_name and person.last_name:
        yield _name_key(f"{person.last_name}, {person.first_name}")


def _name_key(name: str) -> str:
    """Return a name as its sorted words: "Lovelace, Ada" is "Ada Lovelace"."""
    return " ".join(sorted(words(name).split()))


def _folded(key: str) -> str:
    return unicodedata.normalize("NFC", key).strip().casefold()
