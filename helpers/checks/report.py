"""What a check says: one line when the answer is right, a diagnosis when it is not."""

import textwrap
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

Rule = TypeVar("Rule")


class Mistake(NamedTuple):
    """A known mistake of an exercise.

    name   short id, what its answers in tests/answers are called after
    cause  one sentence for the student: what the code probably does
    read   where the right mathematics stands: equation of the chapter, paper and equation
    """

    name: str
    cause: str
    read: str = ""


def mistakes(read: str, table: Mapping[tuple[str, str], Rule]) -> dict[Mistake, Rule]:
    """Return the mistakes of a table, (name, cause) -> what it leads to, with the place where to read of all of them.

    A rule stands in one table; a chapter with equations of its own gives it another place to read.
    """
    return {Mistake(name, cause, read): rule for (name, cause), rule in table.items()}


class CheckFailed(AssertionError):
    """A student's answer differs from what the exercise asks for.

    Notebooks show `report()` alone, without a traceback: neither the check's code nor a hidden test is printed.
    """

    def __init__(
        self, exercise: str, symptom: str, *, expected: str = "", got: str = "", mistake: Mistake | None = None,
        read: str = "",
    ):  # fmt: skip
        self.exercise, self.symptom, self.expected, self.got = exercise, symptom, expected, got
        self.mistake = mistake
        self.read = mistake.read if mistake and mistake.read else read
        super().__init__(self.report())

    def report(self) -> str:
        """Return the diagnosis as aligned lines of plain text."""
        rows = [
            ("symptom", self.symptom),
            ("expected", self.expected),
            ("got", self.got),
            ("likely cause", self.mistake.cause if self.mistake else ""),
            ("where to read", self.read),
        ]
        lines = [f"✗ {self.exercise}: not right yet"]
        for label, text in rows:
            if text:
                lines += textwrap.wrap(
                    text, 100, initial_indent=f"  {label:<15}", subsequent_indent=" " * 17, break_on_hyphens=False
                )
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        return self.report().splitlines()


def passed(exercise: str, what: str) -> None:
    """Print the one line that a right answer gets."""
    print(f"✓ {exercise}: {what}")
