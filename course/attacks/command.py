"""`course attacks`: the suite, graded by an engine, and the table of all engines that were run."""

from functools import partial
from typing import Annotated

import typer

from course.console import console

_Engine = Annotated[str | None, typer.Option(help="ours, stock, module:function; default: the table of earlier runs.")]
_Only = Annotated[list[str] | None, typer.Option(help="An attack, or part of a class's name; can be repeated.")]
_Missing = Annotated[bool, typer.Option("--missing", help="Only what this engine has no record of.")]


def register(app: typer.Typer) -> None:
    """Add the command to `course`."""
    app.command()(attacks)


def attacks(engine: _Engine = None, only: _Only = None, missing: _Missing = False) -> None:
    """Grade hostile and broken notebooks, each with an honest classmate; code 1 where ours is not as it should be."""
    from course.attacks.engines import find_engine
    from course.attacks.runs import Result, grade_attacks, keep, record, recorded_engines
    from course.attacks.suite import load_attacks
    from course.attacks.table import attack_table, marks_line

    if engine is not None:
        find_engine(engine)
    chosen = load_attacks(only)

    def tell(engine: str, name: str, result: Result) -> None:
        keep(engine, {name: result})
        sign = "✓" if result.is_right else "✗"
        why = [] if result.is_right else [result.reason, *result.said]
        told = "; ".join(filter(None, [marks_line(result.marks), *result.harm, *why]))
        console.print(f"{sign} {name}: {told}", markup=False, soft_wrap=True)

    waiting = [attack for attack in chosen if not (engine and missing and attack.name in record(engine))]
    results = grade_attacks(engine, waiting, partial(tell, engine)) if engine else {}
    console.print(attack_table(chosen, {name: record(name) for name in recorded_engines()}))
    is_judged = engine == "ours"
    raise typer.Exit(int(is_judged and not all(result.is_right for result in results.values())))
