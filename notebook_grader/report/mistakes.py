"""What was wrong in one exercise: the mistakes that checks named, and failing answers that no message named."""

import re
from collections import Counter
from typing import NamedTuple

from notebook_grader.export.columns import question
from notebook_grader.gradebook.gradebook import Mark
from notebook_grader.gradebook.scores import Score

_NUMBER = re.compile(r"-?\d[\d.]*(?:e[+-]?\d+)?")
_LONGEST_SYMPTOM = 180  # characters
_MOST_SYMPTOMS = 4


class Count(NamedTuple):
    """How often something was said; `name` is the mistake's short id, "" for a symptom without a name."""

    count: int
    name: str
    text: str


class Exercise(NamedTuple):
    """How a class did in one graded cell.

    cell      grade_id
    name      as students know it
    most      points that it is worth
    by_hand   whether a person marks it
    right     answers with all points; partly: some; wrong: none; waiting: a person has still to read them
    named     mistakes that a check named, most frequent first
    symptoms  what was seen in failing answers of which no check knew the mistake, most frequent first
    unnamed   how many such answers there are
    blank     answers that were left as they were given
    silent    failing answers of which nothing is on record
    """

    cell: str
    name: str
    most: float
    by_hand: bool
    right: int
    partly: int
    wrong: int
    waiting: int
    named: list[Count]
    symptoms: list[Count]
    unnamed: int
    blank: int
    silent: int

    @property
    def marked(self) -> int:
        """Answers that have their marks."""
        return self.right + self.partly + self.wrong

    @property
    def share(self) -> float:
        """Right ones among those that have their marks, from 0 to 1."""
        return self.right / self.marked if self.marked else 0.0


def read_exercise(cell: Mark, scores: list[Score], said: dict[str, list[dict]]) -> Exercise:
    """Count what a class did in one cell.

    scores  of all who have marks in the chapter
    said    of each student what the checks of this chapter said
    """
    marked = [
        (score.student, mark.points)
        for score in scores
        for mark in score.marks
        if mark.name == cell.name and cell.name not in score.waiting
    ]
    failing = [] if cell.by_hand else [student for student, points in marked if points < cell.max_points]
    told = {student: _said_of(said.get(student, []), cell.name) for student in failing}
    named = Counter((one["mistake"], one.get("cause") or "") for one in told.values() if one and one.get("mistake"))
    others = [one for one in told.values() if one and not one.get("mistake")]
    unnamed = [one.get("symptom") or "" for one in others if not one.get("blank")]
    return Exercise(
        cell.name,
        question(cell.name),
        cell.max_points,
        cell.by_hand,
        right=sum(points >= cell.max_points for _, points in marked),
        partly=sum(0 < points < cell.max_points for _, points in marked),
        wrong=sum(points <= 0 < cell.max_points for _, points in marked),
        waiting=sum(cell.name in score.waiting for score in scores),
        named=[Count(count, name, cause) for (name, cause), count in _sorted(named)],
        symptoms=_alike(unnamed),
        unnamed=len(unnamed),
        blank=len(others) - len(unnamed),
        silent=sum(one is None for one in told.values()),
    )


def _said_of(mistakes: list[dict], cell: str) -> dict | None:
    return next((one for one in mistakes if one.get("check") == cell), None)


def _alike(symptoms: list[str]) -> list[Count]:
    """Count symptoms that differ in their numbers alone as one; each is shown by its first."""
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for symptom in symptoms:
        key = _NUMBER.sub("0", symptom)
        first.setdefault(key, symptom)
        counts[key] += 1
    found = [Count(count, "", _short(first[key])) for key, count in _sorted(counts) if key.strip()]
    return found[:_MOST_SYMPTOMS]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SYMPTOM else f"{text[: _LONGEST_SYMPTOM - 1]}…"


def _sorted(counts: Counter) -> list[tuple]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
