"""All first-order mutants of a solution: one small change each, by Cosmic Ray's operators and our own."""

import ast
import difflib
import re
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators import binary_operator_replacement as binary
from cosmic_ray.operators import (
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    number_replacer,
    unary_operator_replacement,
    zero_iteration_for_loop,
)

from course.mutants import operators
from notebook_grader import markers

# Shifts and bit operators stop on the first float: they would triple the work and try no check.
_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Pow")
_BINARY = [getattr(binary, f"ReplaceBinaryOperator_{a}_{b}") for a in _ARITHMETIC for b in _ARITHMETIC if a != b]
_OPERATORS = (
    *_BINARY,
    *comparison_operator_replacement.operators(),
    *unary_operator_replacement.operators(),
    boolean_replacer.AddNot,
    boolean_replacer.ReplaceTrueWithFalse,
    boolean_replacer.ReplaceFalseWithTrue,
    boolean_replacer.ReplaceAndWithOr,
    boolean_replacer.ReplaceOrWithAnd,
    break_continue.ReplaceBreakWithContinue,
    break_continue.ReplaceContinueWithBreak,
    number_replacer.NumberReplacer,
    zero_iteration_for_loop.ZeroIterationForLoop,
    *operators.OPERATORS,
)


class Mutant(NamedTuple):
    """A solution with one change.

    source  its text
    line    first changed line of the solution's cell, from 1
    was     the changed lines as they were, blanks normalised
    is_now  what stands there now
    """

    source: str
    line: int
    was: str
    is_now: str


def mutants_of(solution: str) -> list[Mutant]:
    """Return the mutants of a solution that change lines between its markers and parse, each once.

    solution  text of an exercise's cell with `### BEGIN SOLUTION` and `### END SOLUTION`
    """
    region = markers.find_regions(solution, markers.BEGIN_SOLUTION, markers.END_SOLUTION)[0]
    seen = {_meaning(solution)}
    found = []
    for source in _mutations(solution):
        meaning = _meaning(source)
        mutant = _mutant(solution, source)
        if meaning is None or meaning in seen or not region.begin < mutant.line - 1 < region.end:
            continue
        seen.add(meaning)
        found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def _mutations(solution: str) -> Iterator[str]:
    for operator in _OPERATORS:
        for occurrence in count():
            source = mutate_code(solution, operator(), occurrence)
            if source is None:
                break
            yield source


def _meaning(source: str) -> str | None:
    """Return what tells two texts apart but for blanks and brackets; None where it is no Python."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _mutant(solution: str, source: str) -> Mutant:
    old, new = solution.split("\n"), source.split("\n")
    changes = [
        change for change in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if change[0] != "equal"
    ]
    first = changes[0][1] + 1 if changes else 0
    was = [line for _, start, stop, _, _ in changes for line in old[start:stop]]
    is_now = [line for _, _, _, start, stop in changes for line in new[start:stop]]
    return Mutant(source, first, _plain(was), _plain(is_now))


def _plain(lines: list[str]) -> str:
    """Join lines with single blanks, as they stand in the list of explained survivors; Cosmic Ray writes `[ 2`."""
    return re.sub(r"([(\[]) ", r"\1", " ".join(" ".join(lines).split()))
