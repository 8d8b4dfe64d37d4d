"""The table attack by engine."""

from collections.abc import Mapping
from itertools import groupby

from rich.console import Group
from rich.table import Table
from rich.text import Text

from course.attacks.recipes import Attack
from course.attacks.runs import Result, deserved

TITLES = {"stock": "stock nbgrader"}


def attack_table(attacks: list[Attack], by_engine: dict[str, dict[str, Result]]) -> Group:
    """Return the table, and below it how many attacks each engine graded as it should.

    by_engine  results of each engine by the attack's name; what is missing was not run
    """
    table = Table("attack", "deserved", title="Marks by exercise that attacks get", title_justify="left")
    for engine in by_engine:
        table.add_column(TITLES.get(engine, engine), overflow="fold")
    for kind, several in groupby(attacks, key=lambda attack: attack.kind):
        table.add_section()
        table.add_row(Text(kind, style="bold"))
        for attack in several:
            results = (results.get(attack.name) for results in by_engine.values())
            table.add_row(attack.name, marks_line(deserved(attack)), *(_cell(result) for result in results))
    return Group(table, class_table(attacks, by_engine))


def class_table(attacks: list[Attack], by_engine: dict[str, dict[str, Result]]) -> Table:
    """Return how many attacks of each class every engine graded as it should, of how many that it was given."""
    table = Table("class", title="As they should be", title_justify="left")
    for engine in by_engine:
        table.add_column(TITLES.get(engine, engine), justify="right")
    classes = list(dict.fromkeys(attack.kind for attack in attacks))
    for kind in classes:
        several = [attack for attack in attacks if attack.kind == kind]
        table.add_row(kind, *(_count(several, results) for results in by_engine.values()))
    table.add_section()
    table.add_row("all", *(_count(attacks, results) for results in by_engine.values()))
    return table


def marks_line(marks: Mapping[str, float | None] | None) -> str:
    """Return marks as a row of numbers, such as `0 3 4`."""
    if marks is None:
        return "no mark"
    return " ".join("-" if points is None else f"{points:g}" for points in marks.values())


def _cell(result: Result | None) -> Text:
    if result is None:
        return Text("not run")
    told = [marks_line(result.marks), *result.harm]
    return Text(("✓ " if result.is_right else "✗ ") + "; ".join(told), style="" if result.is_right else "red")


def _count(attacks: list[Attack], results: dict[str, Result]) -> str:
    run = [results[attack.name] for attack in attacks if attack.name in results]
    return f"{sum(result.is_right for result in run)} of {len(run)}"
