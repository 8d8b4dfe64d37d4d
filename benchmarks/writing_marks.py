"""How long it takes to write a submission's marks: our one writer, and nbgrader's own autograding.

    python benchmarks/writing_marks.py
    python benchmarks/writing_marks.py --submissions 100

No notebook is run: in both cases the outputs come from the tests' fake engine. What is left is the way from a hand-in
to rows in the gradebook and a graded notebook. Both take turns, a submission each, in two copies of one class.
"""

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from class_of_sums import CHAPTER  # noqa: E402
from fake_engine import FakeEngine  # noqa: E402
from scaled_class import copied, in_gradebook, released_class, write_hand_in  # noqa: E402
from two_writers import by_nbgrader, give_nbgrader_the_fake_engine  # noqa: E402

from notebook_grader.gradebook.writer import open_writer  # noqa: E402
from notebook_grader.intake.handins import HandIn  # noqa: E402
from notebook_grader.intake.taking_in import released_chapter, take_in  # noqa: E402
from notebook_grader.store.submission import Submission, grade_submission  # noqa: E402

MILLISECONDS = 1000


def main(
    submissions: Annotated[int, typer.Option(min=2, help="Students of the class.")] = 40,
) -> None:
    """Write the marks of a class twice and print the time of a submission."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        released = released_class(folder / "released")
        ours, theirs = copied(released, folder / "ours"), copied(released, folder / "theirs")
        give_nbgrader_the_fake_engine(theirs)
        chapter = released_chapter(ours, CHAPTER, ours.tests(CHAPTER))
        with open_writer(ours) as writer:
            ways: dict[str, Callable[[Submission], None]] = {
                "our writer": lambda submission: writer.write(submission, grade_submission(submission, FakeEngine())),
                "nbgrader autograde": lambda submission: by_nbgrader(theirs, submission),
            }
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            for number in range(submissions):
                path = write_hand_in(ours, folder / "in", f"student{number}")
                submission = take_in(HandIn(f"student{number}", CHAPTER, path), chapter)
                for way, write in ways.items():
                    started = time.perf_counter()
                    write(submission)
                    seconds[way].append(time.perf_counter() - started)
        if in_gradebook(ours)["grades"] != in_gradebook(theirs)["grades"]:
            raise SystemExit("The marks differ: the times cannot be compared.")

    found = {way: statistics.median(each[1:]) for way, each in seconds.items()}  # the first reads from a cold disk
    table = Table("a submission", "ms", "times", title=f"{submissions} submissions, equal marks")
    for way, each in found.items():
        table.add_row(way, f"{MILLISECONDS * each:.0f}", f"{found['nbgrader autograde'] / each:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
