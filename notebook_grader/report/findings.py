"""What there is to say about a class, as plain data: from nbgrader's gradebook and the results of the hand-ins."""

import statistics
from collections import Counter
from typing import NamedTuple

from notebook_grader import GraderError
from notebook_grader.export.columns import question
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.scores import GRADED, MISSING, WAITS, ClassScores, read_results, read_scores
from notebook_grader.report.mistakes import Exercise, read_exercise
from notebook_grader.report.outputs import completed

_BINS = 10
_LONGEST_LIST = 8  # of the slowest, the largest, the hungriest


class Chapter(NamedTuple):
    """How a class did in one chapter.

    name      "02_forward_process"; number and title as its page has them
    most      points that it is worth
    handed    hand-ins, refused ones too; marked: those with all their marks
    median    of the points of the marked ones; None where there is none
    bins      how many marked ones lie in each tenth of the points
    exercises in the notebook's order
    """

    name: str
    number: int
    title: str
    most: float
    handed: int
    marked: int
    waiting: int
    refused: int
    median: float | None
    bins: list[int]
    exercises: list[Exercise]


class Note(NamedTuple):
    """One sentence about one hand-in."""

    student: str
    chapter: str
    text: str


class Amount(NamedTuple):
    """One number of one hand-in: seconds, MB or bytes; share is its part of the largest, from 0 to 1."""

    student: str
    chapter: str
    value: float
    share: float


class Findings(NamedTuple):
    """All that a report says.

    scores    the marks
    chapters  those that somebody handed in, in order; idle: the titles of the others
    flags     suspicious behaviour
    refused   what could not be graded, and why
    unread    written answers that wait for a reader, by chapter and cell: the students
    slowest   seconds; largest: bytes; hungriest: MB of memory; each with the most first
    median_seconds  of all that ran; None where no time is on record
    levels    how many hand-ins ran at which level of the sandbox, most first
    mended    how many hand-ins the intake had to mend
    """

    scores: ClassScores
    chapters: list[Chapter]
    idle: list[str]
    flags: list[Note]
    refused: list[Note]
    unread: dict[tuple[str, str], list[str]]
    slowest: list[Amount]
    largest: list[Amount]
    hungriest: list[Amount]
    median_seconds: float | None
    levels: list[tuple[str, int]]
    mended: int


def read_findings(course: ClassDirectory) -> Findings:
    """Read what there is to say about a class. Raises GraderError where nothing was graded."""
    scores, results = read_scores(course), read_results(course)
    if not results and not any(score.state != MISSING for score in scores.scores.values()):
        raise GraderError(f"Nothing was graded in {course.folder}. Run `course grade FOLDER` first.")
    return find(scores, completed(results, scores, course))


def find(scores: ClassScores, results: list[dict]) -> Findings:
    """Put together what there is to say.

    results  of the hand-ins, as `read_results` gives them
    """
    chapters = [_chapter(name, scores, results) for name in scores.worth]
    seconds = [result["seconds"] for result in results if result["seconds"] and not result["problem"]]
    levels = Counter(result["level"] for result in results if result["level"])
    return Findings(
        scores,
        [chapter for chapter in chapters if chapter.handed],
        [chapter.title for chapter in chapters if not chapter.handed],
        [Note(one["student"], one["chapter"], str(flag)) for one in results for flag in one["flags"]],
        [Note(one["student"], one["chapter"], one["problem"]) for one in results if one["problem"]],
        _unread(scores),
        _most(results, "seconds"),
        _most(results, "bytes"),
        _most(results, "peak_mb"),
        statistics.median(seconds) if seconds else None,
        levels.most_common(),
        sum(bool(result["mended"]) for result in results),
    )


def _chapter(name: str, scores: ClassScores, results: list[dict]) -> Chapter:
    own = [score for (_, chapter), score in scores.scores.items() if chapter == name]
    with_marks = [score for score in own if score.marks]
    points = [score.points for score in own if score.state == GRADED]
    said = {result["student"]: result["mistakes"] or [] for result in results if result["chapter"] == name}
    most = scores.most(name)
    return Chapter(
        name,
        int(name[:2]),
        scores.titles[name],
        most,
        handed=sum(score.state != MISSING for score in own),
        marked=len(points),
        waiting=sum(score.state == WAITS for score in own),
        refused=sum(bool(score.problem) for score in own),
        median=statistics.median(points) if points else None,
        bins=_bins(points, most),
        exercises=[read_exercise(cell, with_marks, said) for cell in scores.worth[name]],
    )


def _bins(points: list[float], most: float) -> list[int]:
    counts = Counter(min(int(one / most * _BINS), _BINS - 1) for one in points if most)
    return [counts[n] for n in range(_BINS)]


def _unread(scores: ClassScores) -> dict[tuple[str, str], list[str]]:
    waiting: dict[tuple[str, str], list[str]] = {}
    for (student, chapter), score in scores.scores.items():
        for cell in score.waiting:
            waiting.setdefault((chapter, question(cell)), []).append(student)
    return dict(sorted(waiting.items()))


def _most(results: list[dict], field: str) -> list[Amount]:
    found = [one for one in results if isinstance(one[field], int | float) and one[field] > 0]
    found.sort(key=lambda one: (-one[field], one["student"], one["chapter"]))
    return [
        Amount(one["student"], one["chapter"], one[field], one[field] / found[0][field])
        for one in found[:_LONGEST_LIST]
    ]
