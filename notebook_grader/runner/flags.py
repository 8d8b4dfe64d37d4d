"""What in a notebook deserves a look: names that no exercise needs, and that attempts to cheat do.

A flag takes no marks. It is for the instructor, who sees it in the report beside the student's name.
"""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

_MODULES = {
    "ctypes", "socket", "subprocess", "multiprocessing", "gc", "inspect", "signal", "pty", "resource", "builtins",
    "course", "notebook_grader", "nbgrader", "sqlite3",
}  # fmt: skip
_CALLS = {
    "os": {"_exit", "fork", "kill", "killpg", "system", "popen", "setsid", "abort"},
    "sys": {"settrace", "setprofile", "modules", "meta_path", "_getframe"},
    "threading": {"Thread", "settrace"},
}
_METHODS = {"__eq__", "__ne__", "__bool__", "__getattribute__", "__instancecheck__", "__torch_function__"}
_TEXTS = ("/proc/", "gradebook", "HIDDEN TESTS", "autograded", "/solutions")


def flags_of(cells: list[NotebookNode]) -> list[str]:
    """Return one sentence for each thing in the students' cells that deserves a look, each once."""
    found: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and not _is_ours(cell):
            found |= dict.fromkeys(f"Cell {number} {what}." for what in _in(cell.source))
    return list(found)


def _is_ours(cell: NotebookNode) -> bool:
    """Tell whether the intake has put the released text into a cell, whatever came."""
    course = cell.metadata.get("course", {})
    return any(course.get(part) for part in ("install", "setup")) or cell.metadata.get("nbgrader", {}).get("locked")


def _in(source: str) -> Iterator[str]:
    """Name what one cell has. A cell that is no Python has nothing: it does nothing."""
    try:
        tree = ast.parse("\n".join(line for line in source.split("\n") if not line.lstrip().startswith(("%", "!"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            yield from (f"imports {name}" for name in names if name.split(".")[0] in _MODULES)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in _CALLS.get(node.value.id, ()):
                yield f"uses {node.value.id}.{node.attr}"
        elif isinstance(node, ast.FunctionDef) and node.name in _METHODS:
            yield f"defines {node.name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (f"has the text {text!r}" for text in _TEXTS if text in node.value)
        yield from (f"defines {name} anew" for name in _given_names(node) if name.startswith("check_"))


def _given_names(node: ast.AST) -> Iterator[str]:
    """Name what a statement gives a value to."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        yield from (target.attr for target in node.targets if isinstance(target, ast.Attribute))
