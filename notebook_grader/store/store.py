"""Results on disk, one file a submission, named by its key: what a run has done is never done again.

A folder of results holds <student>/<chapter>/<key>.json, with the submission, its result and the executed notebook, and
<student>/<chapter>.json, the result that counts now.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from notebook_grader.store.submission import Graded, Submission


class Stored(NamedTuple):
    """One entry: what was graded, and what came of it."""

    submission: Submission
    graded: Graded


class Store:
    """A folder of results. Two processes may use it at once: a file appears whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def load(self, student: str, chapter: str, key: str) -> Stored | None:
        """Return the entry of a key; None where there is none, or a file that is torn or no entry of this key."""
        try:
            entry = json.loads(self._entry(student, chapter, key).read_text(encoding="utf-8"))
            submission, graded = Submission(**entry["submission"]), Graded(entry["result"], entry["notebook"])
            whose = submission.student, submission.chapter, graded.result["key"], submission.key
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return Stored(submission, graded) if whose == (student, chapter, key, key) else None

    def save(self, submission: Submission, graded: Graded) -> None:
        """Keep the entry of a submission, and none of the earlier ones of this student and chapter."""
        place = self._entry(submission.student, submission.chapter, submission.key)
        entry = {"submission": submission._asdict(), "result": graded.result, "notebook": graded.notebook}
        write_whole(place, json.dumps(entry, ensure_ascii=False))
        for other in place.parent.glob("*.json"):
            if other != place:
                other.unlink(missing_ok=True)

    def record(self, result: dict) -> None:
        """Write the result that counts now; feedback and reports read it."""
        place = self.folder / result["student"] / f"{result['chapter'] or 'hand-in'}.json"
        write_whole(place, json.dumps(result, indent=1, ensure_ascii=False) + "\n")

    def _entry(self, student: str, chapter: str, key: str) -> Path:
        return self.folder / student / chapter / f"{key}.json"


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a text file such that it is there whole or not at all, also where the power fails.

    A file that holds just this text already is left alone.
    """
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
