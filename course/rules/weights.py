"""Rules about weights: a chapter's front matter lists the shipped weights that it loads, as in `# weights: pocket`."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from course.authoring import Cell, Chapter
from course.rules.problem import Problem
from helpers.networks.shipped import DIGITS, FACES
from helpers.weights import registry

# Which weights a loader takes, by its first argument; None: whatever it is given. A test calls them and compares.
LOADERS: dict[str, dict[str | None, str | None]] = {
    "load_stage_1": {"auto": "pocket", "pocket": "pocket", "deepfloyd": None, "exact": None},
    "load_clip": {"auto": "pocket_clip", "pocket": "pocket_clip", "judge": "pocket_clip_judge", "openai": None},
    "load_postcards": {
        "auto": "postcards_pocket", "pocket": "postcards_pocket", "base": "postcards_base", "celebahq": None,
        "tiny": None,
    },
    "load_digit_judge": {None: "digit_judge"},
    "ClipDistance": {None: "pocket_clip_judge"},
}  # fmt: skip
# These take a network by its name, which a chapter may keep in a variable: any text that names one counts.
NETWORK_LOADERS = {"load_shipped", "load_shipped_into", "fit"}


def weights_are_declared(chapter: Chapter) -> Iterator[Problem]:
    """The front matter declares exactly the weights that the chapter loads, and all of them are in the registry."""
    patterns = [name.strip() for name in str(chapter.front.get("weights") or "").split(",") if name.strip()]
    declared = {pattern: {name for name in registry() if fnmatchcase(name, pattern)} for pattern in patterns}
    loaded = dict(_loaded(chapter))
    for pattern, names in declared.items():
        if not names:
            near = ", ".join(get_close_matches(pattern, registry())) or ", ".join(registry())
            cure = f"The registry of helpers/weights has {near}: correct the line `# weights:`."
            yield Problem(None, f"the front matter declares the weights `{pattern}`, which do not exist", cure)
        elif not names & loaded.keys():
            cure = "Take them out of the line `# weights:`."
            yield Problem(None, f"the front matter declares the weights `{pattern}`, which no cell loads", cure)
    missing = [name for name in loaded if not any(name in names for names in declared.values())]
    if missing:
        line = f"`# weights: {', '.join([*filter(declared.get, patterns), *missing])}`"
        what = f"weights are loaded that the front matter does not declare: {', '.join(missing)}"
        yield Problem(loaded[missing[0]], what, f"Write {line} there.")


def _loaded(chapter: Chapter) -> Iterator[tuple[str, Cell]]:
    """Name the weights that the code of a chapter loads, each with a cell that does."""
    trees = [(cell, tree) for cell in chapter.cells if cell.kind == "code" and (tree := _parsed(cell.source))]
    calls = [(cell, call) for cell, tree in trees for call in ast.walk(tree) if isinstance(call, ast.Call)]
    for cell, call in calls:
        name = _called(call)
        weights = LOADERS[name].get(_first_argument(call, LOADERS[name])) if name in LOADERS else None
        if weights:
            yield weights, cell
    if any(_called(call) in NETWORK_LOADERS for _, call in calls):
        for cell, tree in trees:
            for text in _texts(tree):
                yield from ((name, cell) for name in _networks() if fnmatchcase(name.partition("_")[2], text))


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None  # `code_parses` tells of it


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).split(".")[-1]


def _first_argument(call: ast.Call, names: dict) -> str | None:
    """Return the text of a loader's first argument; its default, the first of the names, where there is no text."""
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
    is_text = given and isinstance(given[0], ast.Constant)
    return given[0].value if is_text else next(iter(names))


def _networks() -> list[str]:
    return [name for name in registry() if name.startswith((f"{DIGITS}_", f"{FACES}_"))]


def _texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of some code as patterns, keys of look-ups left out: f"faces_{T}" becomes faces_*."""
    keys = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in keys | parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)


RULES = (weights_are_declared,)
