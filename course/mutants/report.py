"""What `course mutants` prints: a table of the recorded answers, one of the mutants, and what remains to be done."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.table import Table

from course.answers import named_mistake
from course.mutants.exercises import Exercise
from course.mutants.generate import Mutant
from course.mutants.judge import Verdict
from course.mutants.records import Explained


class Recorded(NamedTuple):
    """What the check of one exercise said of its recorded answers, by their names."""

    exercise: Exercise
    right: dict[str, Verdict]
    wrong: dict[str, Verdict]

    @property
    def accepted(self) -> int:
        return sum(verdict.is_accepted for verdict in self.right.values())

    @property
    def rejected(self) -> int:
        return sum(not verdict.is_accepted for verdict in self.wrong.values())

    @property
    def named(self) -> int:
        return sum(verdict.mistake == named_mistake(name) for name, verdict in self.wrong.items())


class Generated(NamedTuple):
    """What the check of one exercise said of the mutants of its solution.

    survivors  mutants that were accepted, each with its explanation, where there is one
    stale      explanations of this exercise that no survivor needs
    """

    exercise: Exercise
    total: int
    survivors: list[tuple[Mutant, Explained | None]]
    stale: list[Explained]

    @property
    def unexplained(self) -> list[Mutant]:
        return [mutant for mutant, explained in self.survivors if explained is None]


def recorded_table(results: list[Recorded]) -> Table:
    """Return a row for each exercise and the sum: right answers accepted, wrong ones rejected and rightly named."""
    table = _table("Recorded answers", "right accepted", "wrong rejected", "named rightly")
    rows = [(one.exercise, one.accepted, len(one.right), one.rejected, len(one.wrong), one.named) for one in results]
    for exercise, accepted, right, rejected, wrong, named in rows:
        _row(table, exercise, (accepted, right), (rejected, wrong), (named, wrong))
    accepted, right, rejected, wrong, named = (sum(column) for column in list(zip(*rows, strict=True))[1:])
    _sum(table, (accepted, right), (rejected, wrong), (named, wrong))
    return table


def generated_table(results: list[Generated]) -> Table:
    """Return a row for each exercise and the sum: mutants killed, survivors explained."""
    table = _table("First-order mutants of the solutions", "killed", "survivors explained")
    rows = [
        (one.exercise, one.total - len(one.survivors), one.total, len(one.survivors) - len(one.unexplained))
        for one in results
    ]
    for exercise, killed, total, explained in rows:
        _row(table, exercise, (killed, total), (explained, total - killed))
    killed, total, explained = (sum(column) for column in list(zip(*rows, strict=True))[1:])
    _sum(table, (killed, total), (explained, total - killed))
    return table


def faults(results: list[Recorded]) -> Iterator[str]:
    """Name each right answer that was rejected and each wrong answer that was accepted."""
    for one in results:
        for name, verdict in one.right.items():
            if not verdict.is_accepted:
                yield f"rejected, but right: {_place(one.exercise, 'right', name)}: {verdict.said}"
        for name, verdict in one.wrong.items():
            if verdict.is_accepted:
                yield f"accepted, but wrong: {_place(one.exercise, 'wrong', name)}"


def unnamed(results: list[Recorded]) -> Iterator[str]:
    """Name each wrong answer that was rejected without the message that fits."""
    for one in results:
        for name, verdict in one.wrong.items():
            if not verdict.is_accepted and verdict.mistake != named_mistake(name):
                got = f"called {verdict.mistake}" if verdict.mistake else f"called nothing: {verdict.said}"
                yield f"{_place(one.exercise, 'wrong', name)}: {got}"


def _place(exercise: Exercise, kind: str, name: str) -> str:
    return f'tests/answers/{exercise.name}.py, {kind}="{name}"'


def survivor_lines(results: list[Generated]) -> Iterator[str]:
    """Show each survivor as its changed line, with its reason where it has one."""
    for one in results:
        for mutant, explained in one.survivors:
            yield f"{one.exercise.name}, line {mutant.line}" + ("" if explained else ": UNEXPLAINED")
            yield f"  - {mutant.was}"
            yield f"  + {mutant.is_now}"
            if explained:
                yield f"  {explained.reason}"


def generated_faults(results: list[Generated]) -> Iterator[str]:
    """Name each survivor that nobody has explained, and each explanation that explains nothing."""
    for one in results:
        for mutant in one.unexplained:
            yield f"{one.exercise.name}: unexplained survivor in line {mutant.line}: {mutant.is_now}"
        for explained in one.stale:
            yield f"{one.exercise.name}: no survivor has the explained change to: {explained.is_now}"


def _table(title: str, *columns: str) -> Table:
    table = Table("exercise", title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _row(table: Table, exercise: Exercise, *parts: tuple[int, int]) -> None:
    table.add_row(f"{exercise.chapter[:2]} {exercise.name}", *(f"{some} / {all_}" for some, all_ in parts))


def _sum(table: Table, *parts: tuple[int, int]) -> None:
    table.add_section()
    table.add_row("all", *(f"{some} / {all_}" for some, all_ in parts))
