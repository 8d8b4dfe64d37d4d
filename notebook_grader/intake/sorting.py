"""Which file of a class's download is whose, and under which name it is kept. Nothing is read or written here."""

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from notebook_grader.intake.archives import ENDINGS
from notebook_grader.intake.lms_names import Claim, claim_of, without_resubmission

_ARCHIVES = (*ENDINGS, ".gz", ".7z", ".rar")
_ODD = re.compile(r"[^\w .,@()&'+-]")
_BLIND = "Participant"  # Moodle's name for everybody in blind marking
_DEEPEST = 3  # <student>/<chapter>/<file> is nbgrader's own layout; below that only the file's name counts


class Item(NamedTuple):
    """One file of a download.

    path     its name, taken apart
    spooled  where its bytes lie
    problem  why it was not read; "" where it was
    """

    path: tuple[str, ...]
    spooled: Path
    problem: str = ""


class Sorted(NamedTuple):
    """The files by student.

    files    where each file goes, as (student, ..., file), and where its bytes lie
    refused  of each student ("" for none) the files that cannot be taken, with the reason
    notes    of each student what is to be said about a file
    """

    files: dict[tuple[str, ...], Path]
    refused: dict[str, list[list[str]]]
    notes: dict[str, dict[str, str]]


class _Owned(NamedTuple):
    """An item with its student, and the place below the student's folder."""

    item: Item
    student: str
    place: tuple[str, ...]
    claim: Claim | None


def sort_items(items: list[Item], chapters: list[str]) -> Sorted:
    """Give every file to its student.

    chapters  names of the chapters, to tell a student's folder from a chapter's
    """
    found = Sorted({}, defaultdict(list), defaultdict(dict))
    owned = _owners([item._replace(path=path) for item, path in zip(items, _heads_off(items, chapters), strict=True)])
    spelled: dict[str, str] = {}
    students: dict[str, list[_Owned]] = defaultdict(list)
    for one in owned:
        first = spelled.setdefault(one.student.casefold(), one.student)
        if first != one.student:
            reason = f"the folders {first!r} and {one.student!r} differ in capital letters only; rename one of them"
            found.refused[""].append(["/".join((one.student, *one.place)), reason])
        else:
            students[one.student].append(one)
    for student, files in students.items():
        _sort_students(student, files, chapters, found)
    return Sorted(found.files, dict(found.refused), dict(found.notes))


def _heads_off(items: list[Item], chapters: list[str]) -> list[tuple[str, ...]]:
    """Return the items' paths without the one folder that all of them lie in, where it is nobody's."""
    paths = [item.path for item in items]
    heads = {path[0] for path in paths if path}
    if "submitted" in heads:
        return [path[1:] if path[:1] == ("submitted",) else () for path in paths]
    deep = [path for path in paths if path and path[-1].lower().endswith(".ipynb")]
    if len(heads) != 1 or not deep or any(len(path) < 2 or claim_of(path) for path in deep):
        return paths
    names = {chapter.lower() for chapter in chapters}
    is_students = any(len(path) < 3 or path[1].lower() in names for path in deep)
    is_platforms = any(claim_of(path[1:]) for path in deep)
    return [path[1:] for path in paths] if is_platforms or not is_students else paths


def _owners(items: list[Item]) -> list[_Owned]:
    """Find each file's student: as the platform says, else the first folder; "" for a file outside of all folders."""
    claims = [claim_of(item.path) for item in items]
    ids: dict[str, set[str]] = defaultdict(set)
    for claim in filter(None, claims):
        ids[claim.name.casefold()].add(claim.id)
    owned = []
    for item, claim in zip(items, claims, strict=True):
        if claim:
            shared = len(ids[claim.name.casefold()]) > 1
            owned.append(_Owned(item, _student(claim, shared), (claim.file,), claim))
        elif item.problem and len(item.path) < 2:
            owned.append(_Owned(item, "".join(item.path), ("?",), None))
        elif len(item.path) > 1:
            place = item.path[1:] if len(item.path) <= _DEEPEST else item.path[-1:]
            owned.append(_Owned(item, item.path[0], place, None))
        elif item.path and item.path[0].lower().endswith(".ipynb"):
            owned.append(
                _Owned(item._replace(problem="it stands outside of the students' folders"), "", item.path, None)
            )
    return owned


def _student(claim: Claim, shared: bool) -> str:
    """Return the name of a student's folder, with letters alone that it may have."""
    name = _ODD.sub("-", claim.name).lstrip(" .,@()&'+-") or "student"
    if claim.is_id_lasting:
        return f"{name}_{claim.id}"
    return f"{name} ({claim.id})" if shared or name == _BLIND else name


def _sort_students(student: str, files: list[_Owned], chapters: list[str], found: Sorted) -> None:
    """Place one student's files; a file that is refused and no notebook counts only where there is no notebook."""
    taken = [one for one in files if not one.item.problem and not _is_archive(one)]
    has_notebook = any(_is_notebook(one) for one in taken)
    for one in files:
        if one not in taken and (_is_notebook(one) or not has_notebook):
            reason = one.item.problem or "it is an archive in an archive; hand in the notebook itself"
            found.refused[student].append([one.place[-1], reason])
    places: dict[tuple[str, ...], Path] = {}
    for one in sorted(taken, key=lambda one: (-(one.claim.upload if one.claim else 0), one.item.path)):
        if one.claim and one.place == ("timestamp.txt",):
            continue  # a student's own: the time of a hand-in is not for them to say
        place = _free((student, *_plain(one, chapters)), places)
        places[place] = one.item.spooled
        if one.claim and one.claim.late and _is_notebook(one):
            found.notes[student][place[-1]] = "The learning platform says that this came late."
    found.files.update(places)


def _plain(one: _Owned, chapters: list[str]) -> tuple[str, ...]:
    """Return a file's place, without the number that Canvas gave to one that was handed in again."""
    if not one.claim or not one.claim.upload:
        return one.place
    plain = without_resubmission(one.place[-1])
    is_chapter = plain.lower() in {f"{chapter}.ipynb".lower() for chapter in chapters}
    return (plain,) if is_chapter else one.place


def _free(place: tuple[str, ...], places: dict[tuple[str, ...], Path]) -> tuple[str, ...]:
    """Return a place that no file has, also where the disk does not tell capitals from small letters."""
    stem, dot, ending = place[-1].rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (ending, "")
    number = 1
    while _is_used(place, places):
        number += 1
        place = (place[0], f"{stem} ({number}){ending}")
    return place


def _is_used(place: tuple[str, ...], places: dict[tuple[str, ...], Path]) -> bool:
    """Tell whether a file lies at a place, above it, or below it."""
    folded = [tuple(part.casefold() for part in one) for one in (place, *places)]
    return any(folded[0][: len(other)] == other[: len(folded[0])] for other in folded[1:])


def _is_notebook(one: _Owned) -> bool:
    return one.place[-1].lower().endswith(".ipynb")


def _is_archive(one: _Owned) -> bool:
    return one.place[-1].lower().endswith(_ARCHIVES)
