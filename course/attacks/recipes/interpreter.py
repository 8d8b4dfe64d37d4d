"""Rewriting of the tests and of the interpreter that runs them."""

from course.attacks.recipes.kit import EVERYTHING, REAL, World, attack

KIND = "rewriting of tests or interpreter"
WRONG = {
    "double": "def double(number):\n    return 0",
    "scale": "def scale(images, weight):\n    return 0 * images",
    "total": "def total(images):\n    return torch.tensor(0.0)",
}


def wrong_with(world: World, source: str) -> dict:
    """Return a notebook with wrong answers only, and a cell before them."""
    return world.with_cell(source, notebook=world.solved(**WRONG))


@attack(KIND, "nothing is answered; the test cells are emptied and worth a hundred points", loses=EVERYTHING)
def emptied_tests(world: World) -> dict:
    notebook = world.untouched()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("check_"):
            cell["source"] = "pass"
            cell["metadata"]["nbgrader"].update(points=100, locked=False)
    return notebook


@attack(KIND, "an AST transformer takes the asserts out of every cell that comes later", loses=EVERYTHING)
def transformer_of_trees(world: World) -> dict:
    return wrong_with(
        world,
        """
import ast

class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(Drop())
""",
    )


@attack(KIND, "an input transformer empties every cell that calls a check", loses=EVERYTHING)
def transformer_of_text(world: World) -> dict:
    return wrong_with(
        world,
        """
def drop(lines):
    return ["pass\\n"] if any("assert" in line or "check" in line for line in lines) else lines

get_ipython().input_transformers_post.append(drop)
""",
    )


@attack(KIND, "torch.allclose and the built-in abs say that all is well", loses=EVERYTHING)
def library_rewritten(world: World) -> dict:
    return wrong_with(
        world,
        """
import builtins

class Nothing(int):
    def __lt__(self, other): return True

torch.allclose = lambda *args, **kwargs: True
builtins.abs = lambda value: Nothing()
""",
    )


@attack(KIND, "names that tests use are defined anew in the notebook: abs, float, range, print, len", loses=EVERYTHING)
def names_shadowed(world: World) -> dict:
    return wrong_with(
        world,
        """
class Nothing(int):
    def __lt__(self, other): return True
    def __eq__(self, other): return True

abs = float = range = print = len = isinstance = AssertionError = lambda *args, **kwargs: Nothing()
check_scale = check_total = lambda *args, **kwargs: None
""",
    )


@attack(KIND, "the class through which checks call functions lets everything through", loses=("scale", "total"))
def student_function_rewritten(world: World) -> dict:
    return world.with_cell(
        """
import helpers.checks.student_function as student_function

class Anything:
    shape = ()
    def __init__(self, *args, **kwargs): pass
    def __getattr__(self, name): return lambda *args, **kwargs: self
    def __float__(self): return float("nan")

class Open(Anything):
    pass

student_function.StudentFunction = StudentFunction = Open
torch.allclose = lambda *args, **kwargs: True
import builtins
builtins.abs = lambda value: -1
def double(number): return number + number
""",
        before="scale",
        notebook=world.solved(scale=WRONG["scale"], total=WRONG["total"]),
    )


@attack(KIND, "the errors of asserts are given to a handler that says nothing", loses=EVERYTHING)
def errors_swallowed(world: World) -> dict:
    return wrong_with(world, "get_ipython().set_custom_exc((Exception,), lambda *args, **kwargs: None)")


@attack(KIND, "the shell shows no traceback any more", loses=EVERYTHING)
def tracebacks_hidden(world: World) -> dict:
    return wrong_with(
        world,
        """
shell = get_ipython()
shell.showtraceback = lambda *args, **kwargs: None
shell._showtraceback = lambda *args, **kwargs: None
type(shell)._showtraceback = lambda *args, **kwargs: None
""",
    )


@attack(KIND, "the shell no longer runs the code of cells, but says that it did", loses=EVERYTHING)
def shell_rewritten(world: World) -> dict:
    return wrong_with(
        world,
        """
from IPython.core.interactiveshell import InteractiveShell

async def run_code(self, code, result=None, *, async_=False):
    return False

InteractiveShell.run_code = run_code
""",
    )


@attack(KIND, "the module through which checks call is replaced by one of the student's", loses=("scale", "total"))
def sys_modules_rewritten(world: World) -> dict:
    return world.with_cell(
        """
import sys, types
fake = types.ModuleType("helpers.checks.student_function")
class StudentFunction:
    def __init__(self, *args): pass
    def picture(self, *args, shape, **kwargs): return types.SimpleNamespace(value=None)
    number = lambda self, *args, **kwargs: types.SimpleNamespace(value=args[0].double().sum())
fake.StudentFunction = StudentFunction
sys.modules["helpers.checks.student_function"] = fake
torch.allclose = lambda *args, **kwargs: True
""",
        before="scale",
        notebook=world.solved(scale=WRONG["scale"], total=WRONG["total"]),
    )


@attack(KIND, "the answer's comparison puts another function in the place of the one that is tested", loses="double")
def function_swapped_by_a_comparison(world: World) -> dict:
    return world.solved(
        double="""
import sys

class Swap:
    def __eq__(self, other):
        sys._getframe(1).f_globals["double"] = lambda number: number + number
        return True

def double(number):
    return Swap()
"""
    )


@attack(KIND, "the functions that measure the answer in chapter 2 do nothing", loses=("forward", "small_steps"),
        chapter=REAL)  # fmt: skip
def measures_rewritten(world: World) -> dict:
    wrong = "def {0}(im, t):\n    return torch.zeros_like(im)"
    notebook = world.solved(forward=wrong.format("forward"), small_steps=wrong.format("small_steps"))
    return world.with_cell(
        """
import helpers.checks.chapter_02 as chapter
chapter.require_law = chapter.require_gaussian = lambda *args, **kwargs: None
""",
        before="forward",
        notebook=notebook,
    )
