"""What an export is made of: columns, by chapter or by question, and the text of each student's cell in them."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from notebook_grader.gradebook.scores import GRADED, MISSING, REFUSED, WAITS, ClassScores

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LED = re.compile(r"(?:(?:chapter|ch|assignment|homework|hw|exercise|sheet) )?0*(?P<number>\d+)(?: (?P<rest>.*))?")
_KINDS = {WAITS: "waiting for a reader", REFUSED: "that could not be graded", MISSING: "not handed in"}


class Column(NamedTuple):
    """One column of marks.

    name     what it is called where we choose the name
    chapter  the chapter
    cell     grade_id of the question; "" for the whole chapter
    most     points that it is worth
    titles   what else it may be called, in plain words
    """

    name: str
    chapter: str
    cell: str
    most: float
    titles: frozenset[str]

    def is_called(self, title: str) -> bool:
        """Tell whether a column of a learning platform is this one: by name, title, or number, as in "Chapter 2"."""
        plain = words(title)
        if plain in self.titles:
            return True
        led = _LED.fullmatch(plain)
        if self.cell or not led or int(led["number"]) != int(self.chapter[:2]):
            return False
        return not led["rest"] or led["rest"] in self.titles


def columns_of(scores: ClassScores, by_question: bool) -> list[Column]:
    """Return the columns of an export, without the chapters in which nobody has a mark yet."""
    started = {score.chapter for score in scores.scores.values() if score.state in (GRADED, WAITS)}
    chapters = [chapter for chapter in scores.worth if chapter in started]
    if not by_question:
        return [Column(name, name, "", scores.most(name), _titles(scores, name)) for name in chapters]
    return [
        _question(scores, chapter, mark.name, mark.max_points) for chapter in chapters for mark in scores.worth[chapter]
    ]


def cell_text(scores: ClassScores, student: str, column: Column) -> str:
    """Return a student's points in a column; "" where there is no mark that stands. Questions know no late penalty."""
    score = scores.scores[student, column.chapter]
    if not column.cell:
        return plain(score.points) if score.state == GRADED else ""
    points = {mark.name: mark.points for mark in score.marks if mark.name not in score.waiting}
    return plain(points[column.cell]) if points.get(column.cell) is not None else ""


def plain(points: float) -> str:
    """Return points as learning platforms read them: a point before the decimals, at most four of them."""
    return f"{round(points, 4):g}"


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def words(text: str) -> str:
    """Return a text's letters and digits in small letters, words apart by one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def left_empty(scores: ClassScores, columns: list[Column]) -> Iterator[str]:
    """Yield what is to be said of the cells without a mark: how many there are, and why."""
    chapters = sorted({column.chapter for column in columns})
    chosen = [score for (_, chapter), score in scores.scores.items() if chapter in chapters]
    counts = {meaning: sum(score.state == state for score in chosen) for state, meaning in _KINDS.items()}
    if any(counts.values()):
        told = ", ".join(f"{count} {meaning}" for meaning, count in counts.items() if count)
        yield f"without a mark, and not exported as 0: {told}"
    earlier = [score for score in chosen if score.problem and score.state == GRADED]
    if earlier:
        yield f"with the mark of an earlier hand-in, because the last one could not be graded: {len(earlier)}"


def _titles(scores: ClassScores, chapter: str) -> frozenset[str]:
    return frozenset({words(chapter), words(chapter[2:]), words(scores.titles[chapter])})


def _question(scores: ClassScores, chapter: str, cell: str, most: float) -> Column:
    short = question(cell)
    titles = frozenset(f"{title} {name}" for title in _titles(scores, chapter) for name in (words(cell), words(short)))
    return Column(f"{chapter} {short}", chapter, cell, most, titles)


def question(cell: str) -> str:
    """Return what a graded cell asks for, as students know it: `forward` for `check_forward`."""
    return cell.removeprefix("check_").removeprefix("reflection_")
