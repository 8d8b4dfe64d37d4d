"""Whose file it is, read off the names that Canvas and Moodle give to files when a class is downloaded.

Canvas  lovelaceada_12345_678_02_forward_process.ipynb, with LATE before the student's number where it came late,
        and -1, -2 ... behind a name that was handed in again; anon_a1B2c in the place of name and number
Moodle  Ada Lovelace_4711_assignsubmission_file_/02_forward_process.ipynb; older ones without the folder
"""

import re
from typing import NamedTuple

_CANVAS = re.compile(r"(?P<name>\w+?)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.I)
_CANVAS_ANONYMOUS = re.compile(r"(?:(?P<late>LATE)_)?(?P<name>anon)_(?P<id>\w{5})_(?P<upload>\d+)_(?P<file>.+)", re.I)
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?")
_MOODLE_FLAT = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_(?P<file>.+)")
_AGAIN = re.compile(r"-\d+(?=\.[^.]+$)")


class Claim(NamedTuple):
    """What a file's name says.

    name    the student's name ("Participant" in blind marking), as the platform spells it
    id      the platform's number of the student. Moodle has another one for each assignment, Canvas always the same
    file    the file's own name
    upload  grows with each upload (Canvas); 0 where nothing is said
    late    whether the platform says that it came late
    is_id_lasting  whether the number belongs to the student's name, to tell people of one name apart
    """

    name: str
    id: str
    file: str
    upload: int = 0
    late: bool = False
    is_id_lasting: bool = False


def claim_of(path: tuple[str, ...]) -> Claim | None:
    """Read the parts of a path in a class's download; None where no platform made them."""
    if not path:
        return None
    if len(path) > 1:
        match = _MOODLE.fullmatch(path[0])
        return Claim(match["name"].strip(), match["id"], path[-1]) if match else None
    if match := _MOODLE_FLAT.fullmatch(path[0]):
        return Claim(match["name"].strip(), match["id"], match["file"])
    if match := _CANVAS_ANONYMOUS.fullmatch(path[0]) or _CANVAS.fullmatch(path[0]):
        return Claim(match["name"], match["id"], match["file"], int(match["upload"]), bool(match["late"]), True)
    return None


def without_resubmission(file: str) -> str:
    """Return a file's name as it was before Canvas put -1, -2 ... behind it."""
    return _AGAIN.sub("", file)
