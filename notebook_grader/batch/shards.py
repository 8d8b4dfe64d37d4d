"""A class graded in shares: each on a machine of its own and without a gradebook, brought together by the one writer.

A share's folder holds its results like a class does, and at the end a list of its hand-ins. Until that list is there,
the share is not done.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.batch.pool import Crowd, LocalPool, Pool
from notebook_grader.batch.run import (
    Finished,
    Outcome,
    Tell,
    fresh_outcome,
    graded_hand_ins,
    in_order,
    write_all,
)
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.writer import open_writer
from notebook_grader.intake.handins import HandIn, find_hand_ins
from notebook_grader.intake.taking_in import released_chapter
from notebook_grader.runner.engine import open_split_engine
from notebook_grader.store.store import Store, write_whole
from notebook_grader.store.submission import OpenEngine, refused


class Shard(NamedTuple):
    """The share `number` (from 1) of `of`."""

    number: int
    of: int

    def holds(self, hand_in: HandIn) -> bool:
        """Tell whether a hand-in is in this share: the same answer on every machine, in every order of the files."""
        name = f"{hand_in.student}/{hand_in.chapter}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:8], "big") % self.of == self.number - 1

    @property
    def file(self) -> str:
        """The name of its list."""
        return f"shard-{self.number}-of-{self.of}.json"


def read_shard(text: str) -> Shard:
    """Read "3/8". Raises GraderError where it is no share."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise GraderError(f"{text!r} is no share; expected the third of eight as 3/8. Count from 1.")
    return Shard(int(match[1]), int(match[2]))


def grade_shard(
    course: ClassDirectory,
    folder: Path,
    shard: Shard,
    to: Path,
    tell: Tell = lambda *_: None,
    *,
    pool: Pool | None = None,
    open_engine: OpenEngine = open_split_engine,
) -> list[Outcome]:
    """Grade a share of a folder of hand-ins into a folder of results; what that holds already is not graded again.

    Raises GraderError where the class has no copy of its tests.
    """
    chapters = {name: released_chapter(course, name, tests) for name, tests in copied_tests(course).items()}
    hand_ins = [one for one in find_hand_ins(folder, sorted(chapters)) if shard.holds(one)]
    listed: dict[int, dict] = {}
    with closing(pool or LocalPool()) as held:
        found = _listed(graded_hand_ins(hand_ins, chapters, Store(to), Crowd(held, open_engine)), listed)
        outcomes = in_order(((one.number, fresh_outcome(one)) for one in found), len(hand_ins), tell)
    write_whole(
        to / shard.file, json.dumps([listed[number] for number in sorted(listed)], ensure_ascii=False, indent=1)
    )
    return outcomes


def collect(course: ClassDirectory, folders: list[Path], tell: Tell = lambda *_: None) -> list[Outcome]:
    """Bring the results of all shares into the class, its gradebook and its folders.

    Raises GraderError where a share is missing, or one of its results, or where one was graded with other tests.
    """
    tests = {chapter: course.tests(chapter) for chapter in course.chapters()}
    entries = [(folder, entry) for folder, path in _lists(folders) for entry in json.loads(path.read_text("utf-8"))]
    entries.sort(key=lambda one: (one[1]["student"], one[1]["chapter"]))
    store = Store(course.folder / "results")
    with open_writer(course) as writer:
        return write_all(course, writer, store, _collected(entries, store, tests), len(entries), tell)


def _listed(found: Iterator[Finished], listed: dict[int, dict]) -> Iterator[Finished]:
    """Pass hand-ins on, and note of each what the list says."""
    for one in found:
        listed[one.number] = {
            name: one.graded.result[name] for name in ("student", "chapter", "key", "problem", "mended")
        }
        yield one


def _collected(entries: list[tuple[Path, dict]], store: Store, tests: dict[str, dict]) -> Iterator[Finished]:
    for number, (folder, entry) in enumerate(entries, 1):
        student, chapter = entry["student"], entry["chapter"]
        if entry["problem"]:
            graded = refused(student, chapter, entry["problem"])
            yield Finished(number, None, graded._replace(result=graded.result | {"mended": entry["mended"]}), False)
            continue
        stored = Store(folder).load(student, chapter, entry["key"])
        if stored is None:
            raise GraderError(
                f"{folder} has lost the result of {student}, {chapter}. Run its `course grade --shard` again: it "
                "grades only what is missing."
            )
        if stored.submission.tests != tests.get(chapter):
            raise GraderError(
                f"{folder} was graded with other tests of {chapter} than those that are released here. Give its "
                "machine the class's folders `release` and `tests`, and run its `course grade --shard` again."
            )
        store.save(*stored)
        yield Finished(number, *stored, False)


def _lists(folders: list[Path]) -> list[tuple[Path, Path]]:
    """Find the list of each share, with its folder. Raises GraderError where they are not all there, once each."""
    found = [(folder, path) for folder in folders for path in sorted(folder.glob("shard-*-of-*.json"))]
    names = {path.name for _, path in found}
    counts = {int(re.fullmatch(r"shard-\d+-of-(\d+)\.json", name)[1]) for name in names}
    if len(counts) != 1:
        what = f"lists of {' and of '.join(map(str, sorted(counts)))} shares" if counts else "no finished share"
        where = ", ".join(map(str, folders))
        raise GraderError(f"{where}: {what}. Give the folders of one run of `course grade --shard i/n --out FOLDER`.")
    (of,) = counts
    missing = [number for number in range(1, of + 1) if Shard(number, of).file not in names]
    if missing:
        raise GraderError(
            f"Of {of} shares these are not done: {', '.join(map(str, missing))}. Run `course grade --shard "
            f"{missing[0]}/{of}` again: it goes on where it was. Or give all folders."
        )
    return [*{path.name: (folder, path) for folder, path in found}.values()]


def copied_tests(course: ClassDirectory) -> dict[str, dict]:
    """Read what `course release` left of each chapter for machines that have no gradebook."""
    paths = sorted(course.folder.glob("tests/*.json"))
    if not paths:
        raise GraderError(
            f"{course.folder} holds no copy of the tests, which a share is graded with. Run `course release` there, "
            "and give this machine the class's folders `release` and `tests`."
        )
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
