"""Active content: markup that would act in the browser of whoever opens the feedback or marks by hand."""

from course.attacks.recipes.kit import World, answer_cell, attack

KIND = "active content in outputs"


def script(world: World) -> str:
    """Return a script that bears the attack's name: where it stands in a page unescaped, the attack worked."""
    return f"<script>canary_{world.name}()</script>"


@attack(KIND, "a cell shows a script")
def script_shown(world: World) -> dict:
    return world.with_cell(f"from IPython.display import HTML, display\ndisplay(HTML({script(world)!r}))")


@attack(KIND, "an answer shows a script while it is tested")
def script_in_a_test(world: World) -> dict:
    return world.solved(
        double=f"""
from IPython.display import HTML, Javascript, display

def double(number):
    display(HTML({script(world)!r}), Javascript("canary_{world.name}()"))
    return number + number
"""
    )


@attack(KIND, "a picture is an SVG with a script, a table an HTML with an image that fails")
def script_in_a_picture(world: World) -> dict:
    return world.with_cell(f"""
from IPython.display import publish_display_data
publish_display_data({{
    "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'>" + {script(world)!r} + "</svg>",
    "text/html": "<img src=x onerror=canary_{world.name}()>",
    "text/latex": "</script>" + {script(world)!r},
    "text/markdown": {script(world)!r},
    "application/javascript": "canary_{world.name}()",
}})
""")


@attack(KIND, "a script stands in the written answer, as text, as an attribute and as a link")
def script_in_a_text(world: World) -> dict:
    notebook = world.solved()
    answer_cell(notebook, "reflection_why")["source"] = (
        f"It is. {script(world)} <img src=x onerror='canary_{world.name}()'>"
        f" [read on](javascript:canary_{world.name}())"
    )
    return notebook


@attack(KIND, "a script stands in the message of an error", loses="double")
def script_in_an_error(world: World) -> dict:
    return world.solved(double=f"def double(number):\n    raise ValueError({script(world)!r})")


@attack(KIND, "scripts are saved in outputs, in names of cells and in the notebook's title")
def script_saved(world: World) -> dict:
    notebook = world.solved()
    notebook["metadata"]["title"] = script(world)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            data = {"text/html": script(world)}
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
            cell["metadata"]["tags"] = [script(world)]
    return notebook


@attack(KIND, "a script stands in the type and in the traceback of an error made by hand", loses="double")
def script_in_a_traceback(world: World) -> dict:
    return world.solved(
        double=f"""
class Odd(Exception):
    def _render_traceback_(self):
        return [{script(world)!r}]

Odd.__name__ = Odd.__qualname__ = {script(world)!r}

def double(number):
    raise Odd({script(world)!r})
"""
    )
