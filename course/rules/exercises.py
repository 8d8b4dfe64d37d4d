"""Rules about exercises, their checks and reflections."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from course.authoring import Cell, Chapter
from course.rules.problem import Problem, region_of, written
from notebook_grader import markers

LONGEST_ANSWER = 15  # lines that a student writes

_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NUMBERS += ["eleven", "twelve", "thirteen", "fourteen", "fifteen"]
_SIZE = re.compile(rf"\b(\d+|{'|'.join(_NUMBERS)}) lines?\b", re.IGNORECASE)
# A call ends a test cell safely only where it returns None: these names do.
_RETURNS_NOTHING = re.compile(r"check|hidden|require|print")


def announced_size(text: str) -> int | None:
    """Read the size of an answer out of an exercise's text: "(three lines)", "(at most 3 lines)"."""
    match = _SIZE.search(text)
    if match is None:
        return None
    word = match[1].lower()
    return int(word) if word.isdigit() else _NUMBERS.index(word) + 1


def names_are_unique(chapter: Chapter) -> Iterator[Problem]:
    """No two graded cells share a grade_id (that aborts nbgrader's run for the whole class), no two figures a name."""
    for kind, name_of in (("grade_id", lambda cell: cell.grade_id), ("figure", lambda cell: cell.tags.get("figure"))):
        count = Counter(name_of(cell) for cell in chapter.cells if name_of(cell))
        for cell in chapter.cells:
            if count[name_of(cell)] > 1:
                yield Problem(cell, f"the {kind} `{name_of(cell)}` is used {count[name_of(cell)]} times", "Rename one.")


def exercises_and_checks_pair(chapter: Chapter) -> Iterator[Problem]:
    """Each exercise is followed by its check, and each check has its exercise before it."""
    parts = ("exercise", "check")
    at = {(part, cell.tags[part]): cell for cell in chapter.cells for part in parts if part in cell.tags}
    for (part, name), cell in at.items():
        other = at.get(("check" if part == "exercise" else "exercise", name))
        if other is None and part == "check":
            yield Problem(cell, f'check="{name}" has no exercise', f'Tag the solution cell exercise="{name}".')
        elif other is None:
            yield Problem(cell, f'exercise="{name}" has no check', f'Put a cell check="{name}" points=... after it.')
        elif part == "check" and other.number > cell.number:
            yield Problem(cell, f'check="{name}" stands before its exercise', "Move it behind the exercise.")


def solutions_lie_in_functions(chapter: Chapter) -> Iterator[Problem]:
    """A solution lies inside a function, indented like its markers: what a check can call, it can check."""
    for cell in chapter.cells:
        region = region_of(cell)
        tree = _parsed(cell)
        if "exercise" not in cell.tags or region is None or tree is None:
            continue
        if not _lies_in_function(tree, region):
            cure = "Make it the body of a function that the check can call."
            yield Problem(cell, "the solution does not lie inside a function", cure)
        elif not _is_aligned(cell.source, region):
            cure = "Indent both markers like the first line of the solution."
            yield Problem(cell, "the markers are not indented like the solution", cure)


def _parsed(cell: Cell) -> ast.Module | None:
    try:
        return ast.parse(cell.source) if cell.kind == "code" else None
    except SyntaxError:
        return None  # `code_parses` tells of it


def _lies_in_function(tree: ast.Module, region: markers.Region) -> bool:
    """Tell whether every statement between the markers belongs to a function that begins before them."""
    nodes = list(ast.walk(tree))
    within = [node for node in nodes if isinstance(node, ast.stmt) and region.begin < node.lineno - 1 < region.end]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.lineno - 1 < region.begin]
    held = {id(part) for function in functions for part in ast.walk(function)}
    return bool(within) and all(id(node) in held for node in within)


def _is_aligned(source: str, region: markers.Region) -> bool:
    lines = source.split("\n")
    first = written(lines[region.begin + 1 : region.end])[0]
    indents = {len(line) - len(line.lstrip()) for line in (lines[region.begin], first, lines[region.end])}
    return len(indents) == 1


def answers_are_short_and_announced(chapter: Chapter) -> Iterator[Problem]:
    """The text before an exercise announces how long the answer is, and the solution keeps to it."""
    for before, cell in zip(chapter.cells, chapter.cells[1:], strict=False):
        region = region_of(cell)
        if "exercise" not in cell.tags or region is None:
            continue
        size = _code_lines(markers.lines_within(cell.source, [region]))
        announced = announced_size(before.source) if before.kind == "markdown" else None
        if size > LONGEST_ANSWER:
            what = f"the answer has {size} lines; expected at most {LONGEST_ANSWER}"
            yield Problem(cell, what, "Split the exercise.")
        if announced is None:
            what = "the text before the exercise announces no size"
            yield Problem(cell, what, f"Write it there, such as ({size} lines).")
        elif announced < size:
            what = f"the text announces {announced} lines, the solution has {size}"
            yield Problem(cell, what, "Correct the text or shorten the solution.")


def _code_lines(lines: list[str]) -> int:
    return sum(not line.strip().startswith("#") for line in written(lines))


def checks_show_something(chapter: Chapter) -> Iterator[Problem]:
    """A check has a visible part before its hidden tests, at no indentation."""
    for cell in chapter.cells:
        region = region_of(cell)
        if "check" not in cell.tags or region is None:
            continue
        lines = cell.source.split("\n")
        if lines[region.begin][0] != "#" or lines[region.end][0] != "#":
            yield Problem(cell, "the markers of the hidden tests are indented", "Move them to the left edge.")
        if not written(lines[: region.begin]):
            yield Problem(cell, "the check has no visible part", "Call the check before `### BEGIN HIDDEN TESTS`.")


def checks_end_in_no_value(chapter: Chapter) -> Iterator[Problem]:
    """A test cell that ends in a value would be read as a mark by nbgrader, and as full marks if it is no number."""
    for cell in chapter.cells:
        tree, region = _parsed(cell), region_of(cell)
        if "check" not in cell.tags or tree is None or region is None:
            continue
        visible = [node for node in tree.body if not region.begin < node.lineno - 1 < region.end]
        for body in (tree.body, visible):
            if body and _is_value(body[-1]):
                yield Problem(
                    cell,
                    f"the test cell ends in the value `{ast.unparse(body[-1])}`, which nbgrader reads as a mark",
                    "End it with an assert or the call of a check_ function.",
                )
                break


def _is_value(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr):
        return False
    if not isinstance(node.value, ast.Call):
        return True
    called = ast.unparse(node.value.func).split(".")[-1]
    return _RETURNS_NOTHING.match(called) is None


RULES = (
    names_are_unique,
    exercises_and_checks_pair,
    solutions_lie_in_functions,
    answers_are_short_and_announced,
    checks_show_something,
    checks_end_in_no_value,
)
