"""The record of what was measured: a JSON file that grows with each answer, also while others are measuring."""

from __future__ import annotations

import fcntl
import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from helpers.metrics import ClipDistance
from helpers.runtime import generator

SEEDS = range(5)  # of what is measured several times

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


@dataclass(frozen=True)
class Measurement:
    """What is measured of shipped weights, and the card that tells of it.

    folder     of the weights; measured.json and README.md lie in it
    facts      what is known without measuring, by the keys under which it stands
    questions  functions to call, by the keys under which their answers stand
    template   of the card
    fill       what was measured -> the values of the template's fields
    """

    folder: Path
    facts: dict[Question, Any]
    questions: Answers
    template: Path
    fill: Callable[[dict[str, Any]], dict[str, Any]]

    def take(self, only: str | None = None, missing: bool = False) -> None:
        """Ask the questions, then write the card.

        only     the first key of the questions to ask; None = all
        missing  True leaves out what has an answer
        Raises ValueError where there is no such key.
        """
        asked = {keys: ask for keys, ask in self.questions.items() if only in (None, keys[0])}
        if not asked:
            known = dict.fromkeys(keys[0] for keys in self.questions)
            raise ValueError(f"There is nothing to measure under {only!r}; expected one of {', '.join(known)}.")
        record = Record(self.folder / "measured.json")
        for keys, fact in self.facts.items():
            record.keep(keys, fact)
        record.ask(asked, missing)
        self.write_card(record.read(), self.folder)

    def write_card(self, measured: dict[str, Any], folder: Path) -> None:
        """Write README.md into a folder from what was measured."""
        text = self.template.read_text(encoding="utf-8").format(**self.fill(measured))
        (folder / "README.md").write_text(text, encoding="utf-8")


def spread(values: list[float]) -> dict[str, float]:
    """Return mean and standard deviation over the seeds."""
    return {"mean": round(statistics.mean(values), 4), "std": round(statistics.stdev(values), 4)}


def distance_of_real(distance: ClipDistance, count: int) -> dict[str, float]:
    """Return the distance that as many of the real pictures have, chosen anew with each seed."""
    real = len(distance.embeddings)
    chosen = [torch.randperm(real, generator=generator(seed))[:count] for seed in SEEDS]
    return spread([distance.of_real(rows) for rows in chosen])
