"""The record of what was measured: a JSON file that grows with each answer, also while others are measuring."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Question = tuple[str, ...]  # the keys under which an answer stands
Answers = dict[Question, Callable[[], Any]]


class Record:
    """The answers in a file such as measured.json.

    path  of the file; it need not exist yet
    """

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[str, Any]:
        """Return all answers, nested by the keys of their questions."""
        text = self.path.read_text(encoding="utf-8") if self.path.is_file() else ""
        return json.loads(text) if text else {}

    def answer(self, question: Question) -> Any:
        """Return the answer to a question, None where there is none yet."""
        found: Any = self.read()
        for key in question:
            found = (found or {}).get(key)
        return found

    def keep(self, question: Question, answer: Any) -> None:
        """Write an answer beside whatever stands there by now: others may be measuring as well."""
        with self.path.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            place = measured = self.read()
            for key in question[:-1]:
                place = place.setdefault(key, {})
            place[question[-1]] = answer
            file.truncate(0)
            file.write(json.dumps(measured, indent=1) + "\n")

    def ask(self, asked: Answers, missing: bool = False) -> None:
        """Ask question after question; keep and print each answer as soon as it is there.

        missing  True leaves out what has an answer
        """
        for question, ask in asked.items():
            if not (missing and self.answer(question)):
                answer = ask()
                self.keep(question, answer)
                print(f"{' '.join(question)}: {answer}", flush=True)
