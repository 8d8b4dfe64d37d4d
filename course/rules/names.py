"""Rules on names: what a student can run from a released notebook is defined in it, or helpers has it."""

import ast
import builtins
import importlib
from collections.abc import Iterator
from types import ModuleType

from pyflakes import messages
from pyflakes.checker import Checker

from course.authoring import Cell, Chapter
from course.rules.problem import Problem, region_of
from notebook_grader import markers

_FROM_IPYTHON = {"display", "get_ipython"}
_STUB = "raise NotImplementedError"


def names_are_defined(chapter: Chapter) -> Iterator[Problem]:
    """A name in a released cell is defined in the chapter, in a function's body too, or is Python's own."""
    tree, cell_of = _released(chapter)
    for message in Checker(tree, builtins={*dir(builtins), *_FROM_IPYTHON}).messages:
        if isinstance(message, messages.UndefinedName):
            what = f"`{message.message_args[0]}` is defined nowhere that a student has it"
            yield Problem(cell_of[message.lineno], what, "Define it in a cell before, import it, or mend its spelling.")


def imports_are_there(chapter: Chapter) -> Iterator[Problem]:
    """What a released cell imports from helpers, or reads from a module of helpers, exists."""
    tree, cell_of = _released(chapter)
    modules: dict[str, ModuleType] = {}
    for node in ast.walk(tree):
        for wanted, bound in _imports(node):
            found = _resolved(wanted)
            if found is None:
                yield Problem(
                    cell_of[node.lineno], f"`{wanted}` does not exist", "Mend the import, or add it to helpers."
                )
            elif isinstance(found, ModuleType):
                modules[bound] = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            module = modules[node.value.id]
            if not hasattr(module, node.attr):
                what = f"`{module.__name__}` has no `{node.attr}`"
                yield Problem(cell_of[node.lineno], what, "Mend its spelling, or add it to helpers.")


def _released(chapter: Chapter) -> tuple[ast.Module, dict[int, Cell]]:
    """Return the code of a chapter as students get it, as one module, and the cell that each of its lines is from."""
    lines: list[str] = []
    cell_of: dict[int, Cell] = {}
    for cell in chapter.cells:
        if cell.kind != "code":
            continue
        region = region_of(cell)
        stub = _STUB if "exercise" in cell.tags else None
        source = markers.without(cell.source, [region], stub) if region else cell.source
        for line in source.split("\n"):
            lines.append(line)
            cell_of[len(lines)] = cell
    return ast.parse("\n".join(lines)), cell_of


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what a statement imports from helpers, as a dotted name, and the name that it is bound to."""
    if isinstance(node, ast.Import):
        pairs = [(alias.name, alias.asname or alias.name) for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        pairs = [(f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names]
    else:
        pairs = []
    yield from (pair for pair in pairs if pair[0].split(".")[0] == "helpers")


def _resolved(dotted: str) -> object | None:
    """Return the module or the attribute of a module that a dotted name stands for; None where there is none."""
    parent, _, name = dotted.rpartition(".")
    try:
        if parent and hasattr(importlib.import_module(parent), name):
            return getattr(importlib.import_module(parent), name)
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("helpers"):
            raise
        return None


RULES = (names_are_defined, imports_are_there)
