"""Mutation operators that Cosmic Ray lacks, in its own form: each has examples, and a test holds it to them.

parso's tree: a call or an index is a `trailer`; arguments or elements side by side are children of a list node, with
the commas between them.
"""

import parso
from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import PythonNode

_LISTS = ("arglist", "testlist", "testlist_comp", "testlist_star_expr", "exprlist", "subscriptlist")
_NO_ELEMENT = ("argument", "comp_for", "sync_comp_for", "star_expr", "operator")


class SwapNeighbours(Operator):
    """Swap two positional arguments, or two elements of a tuple or list, that stand side by side."""

    def mutation_positions(self, node) -> list[tuple]:
        pairs = _neighbours(node)
        return [(node.children[left].start_pos, node.children[right].end_pos) for left, right in pairs]

    def mutate(self, node, index: int):
        left, right = _neighbours(node)[index]
        first, second = node.children[left], node.children[right]
        prefixes = first.get_first_leaf().prefix, second.get_first_leaf().prefix
        second.get_first_leaf().prefix, first.get_first_leaf().prefix = prefixes
        node.children[left], node.children[right] = second, first
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example("f(a, b)", "f(b, a)"),
            Example("f(a, b, c, key=d)", "f(a, c, b, key=d)", occurrence=1),
            Example("x, y = y, x", "y, x = y, x"),
            Example("cat([a, b])", "cat([b, a])"),
        )


def _neighbours(node) -> list[tuple[int, int]]:
    if not isinstance(node, PythonNode) or node.type not in _LISTS:
        return []
    places = [number for number, child in enumerate(node.children) if child.type not in _NO_ELEMENT]
    return [(left, right) for left, right in zip(places, places[1:], strict=False) if right == left + 2]


class DropStatement(Operator):
    """Put `pass` in the place of a statement."""

    def mutation_positions(self, node) -> list[tuple]:
        is_statement = node.type == "simple_stmt" and node.children[0].get_code().strip() != "pass"
        return [(node.start_pos, node.end_pos)] if is_statement else []

    def mutate(self, node, index: int):
        dropped = node.children[0]
        node.children[0] = parso.python.tree.Keyword("pass", dropped.start_pos, dropped.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example("x = 1\ny = 2\n", "x = 1\npass\n", occurrence=1),
            Example("if x:\n    f(x)\n", "if x:\n    pass\n"),
        )


class ShiftIndex(Operator):
    """Take the neighbour of an element: one further, or one before."""

    _SHIFTS = ("+ 1", "- 1")

    def mutation_positions(self, node) -> list[tuple]:
        is_index = node.type == "trailer" and node.children[0] == "[" and node.children[1].type == "name"
        return [(node.start_pos, node.end_pos)] * len(self._SHIFTS) if is_index else []

    def mutate(self, node, index: int):
        node.children[1].value += f" {self._SHIFTS[index]}"
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x[i]", "x[i + 1]"), Example("x[i]", "x[i - 1]", occurrence=1))


class DropMethod(Operator):
    """Leave out the call of a method, such as a square root."""

    def mutation_positions(self, node) -> list[tuple]:
        return [(node.children[place].start_pos, node.children[place + 1].end_pos) for place in _methods(node)]

    def mutate(self, node, index: int):
        place = _methods(node)[index]
        del node.children[place : place + 2]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example("y = x.sqrt()", "y = x"),
            Example("y = (1 - x).clamp(0, 1).sqrt()", "y = (1 - x).clamp(0, 1)", occurrence=1),
        )


def _methods(node) -> list[int]:
    """Return where a name after a dot is called, in a chain such as x.clamp(0, 1).sqrt()."""
    if not isinstance(node, PythonNode) or node.type not in ("atom_expr", "power"):
        return []
    texts = [child.get_code().strip() for child in node.children]
    return [
        place
        for place in range(1, len(texts) - 1)
        if node.children[place].type == node.children[place + 1].type == "trailer"
        and texts[place].startswith(".")
        and texts[place + 1].startswith("(")
    ]


OPERATORS = (SwapNeighbours, DropStatement, ShiftIndex, DropMethod)
