"""What a platform gives an instructor, an archive or a folder of a class, made into FOLDER/<student>/<file>.

What cannot be taken stands in FOLDER/.received.json, with its reason and its student: find_hand_ins reads it back as
that student's problem.
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.intake.archives import ENDINGS, Entry, is_archive, read_archive, taken_apart
from notebook_grader.intake.lms_names import claim_of
from notebook_grader.intake.reading import LARGEST_FILE
from notebook_grader.intake.sorting import Item, Sorted, sort_items

RECORD = ".received.json"


class Received(NamedTuple):
    """What is known about the files of a folder that was received.

    refused  of each student the files that were not taken, as [file's name, reason]; "" stands for no student
    notes    of each student what is to be said about a file, as {file's name: sentence}
    """

    refused: dict[str, list[list[str]]]
    notes: dict[str, dict[str, str]]


def receive(source: Path, into: Path, chapters: list[str]) -> Path:
    """Make a folder of hand-ins out of what a platform gave; a folder that has that form already comes back as it is.

    source    a .zip or .tar.gz, or a folder, as it was downloaded
    into      folder under which the files are put; what lay there of the same download is replaced

    Raises GraderError where there is nothing to read, or nobody's file in it.
    """
    if source.is_dir():
        if not any(_is_platforms(path) for path in source.iterdir()):
            return source
        entries = _folder_entries(source)
    elif is_archive(source) and source.is_file():
        entries = read_archive(source, _is_read)
    else:
        raise GraderError(f"{source} is no folder and no archive; expected a folder or a file {', '.join(ENDINGS)}.")
    target = into / f"{source.name}-{hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:8]}"
    shutil.rmtree(target, ignore_errors=True)
    spool = target / ".spool"
    spool.mkdir(parents=True)
    found = sort_items(_spooled(entries, spool), chapters)
    if not found.files and not found.refused:
        raise GraderError(
            f"{source.name} holds no file of a student; expected a class's download, or <student>/<file>."
        )
    _put(found, target)
    shutil.rmtree(spool)
    return target


def received(folder: Path) -> Received:
    """Read what was noted when a folder was received; empty for a folder that an instructor made."""
    path = folder / RECORD
    if not path.is_file() or path.is_symlink():
        return Received({}, {})
    return Received(**json.loads(path.read_text(encoding="utf-8")))


def _is_platforms(path: Path) -> bool:
    return claim_of((path.name, "file") if path.is_dir() else (path.name,)) is not None


def _is_read(path: tuple[str, ...]) -> bool:
    """Tell whether a file's bytes matter; of all others only the name is read, to tell a student what is missing."""
    return path[-1].lower().endswith(".ipynb") or path[-1] == "timestamp.txt"


def _folder_entries(source: Path) -> Iterator[Entry]:
    """Yield the regular files of a folder; links are named and not followed, and nothing else is opened."""
    for place, _, names in os.walk(source):
        for name in sorted(names):
            path = Path(place, name)
            parts, problem = taken_apart(path.relative_to(source).as_posix())
            found = path.lstat()
            if not problem and not stat.S_ISREG(found.st_mode):
                problem = "it is a link or a device; expected a file"
            elif not problem and _is_read(parts) and found.st_size > LARGEST_FILE:
                problem = f"it has {found.st_size / 1e6:,.0f} MB; at most {LARGEST_FILE / 1e6:,.0f} MB are read"
            content = path.read_bytes() if not problem and _is_read(parts) else b""
            yield Entry(parts, content, found.st_mtime, problem)


def _spooled(entries: Iterator[Entry], spool: Path) -> list[Item]:
    """Write each file under a number, so that a class need not fit into memory before all names are known."""
    items = []
    for number, entry in enumerate(entries):
        if any(part.startswith((".", "__")) for part in entry.path):
            continue  # what computers leave in folders and archives
        path = spool / str(number)
        if not entry.problem:
            path.write_bytes(entry.content)
            if entry.time is not None:
                os.utime(path, (entry.time, entry.time))
        items.append(Item(entry.path, path, entry.problem))
    return items


def _put(found: Sorted, target: Path) -> None:
    """Move the files to their students, and write down what was refused."""
    for student in {*found.refused, *(place[0] for place in found.files)} - {""}:
        (target / student).mkdir(exist_ok=True)
    for place, spooled in found.files.items():
        path = target.joinpath(*place)
        path.parent.mkdir(parents=True, exist_ok=True)
        spooled.rename(path)
    record = Received(found.refused, found.notes)._asdict()
    (target / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
