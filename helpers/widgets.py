"""Panels of the chapters: controls above a picture that is an ordinary output, so a saved page keeps it."""

import base64
import io
import itertools
from collections.abc import Callable, Sequence
from html import escape

import ipywidgets
import torch
from IPython.display import HTML, display
from PIL import Image

from helpers.plotting import to_pixels

_PANEL_PIXELS = 256
_NUMBERS = itertools.count(1)  # two rows of buttons on one page must not answer to each other


def prompt_panel(
    generate: Callable[[str, int, int], torch.Tensor],
    prompts: Sequence[str],
    steps: Sequence[int] = (20, 50, 100),
    seed: int = 0,
) -> ipywidgets.VBox:
    """Show a panel that calls `generate(prompt, num_inference_steps, seed)` and draws what comes back.

    generate  the student's function of chapter 01
    prompts   what the first control offers
    steps     what the second offers
    seed      of the first picture

    Displays the controls and the first picture; the picture is replaced at each press of the button.
    Returns the controls.
    """
    prompt = ipywidgets.Dropdown(options=list(prompts), description="prompt")
    step_count = ipywidgets.ToggleButtons(options=list(steps), description="steps")
    seed_box = ipywidgets.BoundedIntText(value=seed, min=0, max=2**31 - 1, description="seed")
    button = ipywidgets.Button(description="Make a picture", button_style="primary")
    message = ipywidgets.Label()
    panel = ipywidgets.VBox([prompt, step_count, seed_box, button, message])
    display(panel)
    picture = display(_drawn(generate(_chosen(prompt), _chosen(step_count), seed)), display_id=True)

    def press(_) -> None:
        button.disabled, message.value = True, "drawing ..."
        try:
            drawn = _drawn(generate(_chosen(prompt), _chosen(step_count), seed_box.value))
            picture.update(drawn)  # pyright: ignore[reportOptionalMemberAccess]  # a handle, where display gets an id
            message.value = f"{prompt.value}, {step_count.value} steps, seed {seed_box.value}"
        except Exception as error:  # a panel has no other place to say what went wrong
            message.value = f"{type(error).__name__}: {error}"
        finally:
            button.disabled = False

    button.on_click(press)
    return panel


def _chosen(control: ipywidgets.Dropdown | ipywidgets.ToggleButtons):
    """Return what a control stands at. Raises ValueError where it offers nothing."""
    if control.value is None:
        raise ValueError(f"There is nothing to choose for {control.description!r}; give one or more.")
    return control.value


def _drawn(image: torch.Tensor) -> Image.Image:
    """Return a picture enlarged for the screen, its pixels left sharp."""
    pixels = Image.fromarray((to_pixels(image) * 255).round().astype("uint8"))
    return pixels.resize((_PANEL_PIXELS, _PANEL_PIXELS), Image.Resampling.NEAREST)


def distance_slider(picture: torch.Tensor, farthest: int = 12) -> ipywidgets.IntSlider:
    """Show a picture as it looks from 1 to `farthest` times the distance, with a slider, for chapter 08.

    picture   (1, 3, H, W) in [-1, 1]
    farthest  largest distance, in multiples of the first

    Displays the slider and the picture; returns the slider.
    """
    slider = ipywidgets.IntSlider(value=1, min=1, max=farthest, description="distance")
    display(slider)
    shown = display(_from_afar(picture, 1), display_id=True)

    def follow(change) -> None:
        farther = _from_afar(picture, change["new"])
        shown.update(farther)  # pyright: ignore[reportOptionalMemberAccess]  # a handle, where display gets an id

    slider.observe(follow, names="value")
    return slider


def distance_frames(picture: torch.Tensor, name: str, distances: Sequence[int] = (1, 2, 3, 4, 6, 8, 12)) -> HTML:
    """Return a picture from several distances as a row of buttons that works without a kernel and without a script.

    picture    (1, 3, H, W) in [-1, 1]
    name       what the picture shows, for who cannot see it
    distances  whole numbers, 1 = as it is

    Raises ValueError where there is no distance.
    """
    if not distances:
        raise ValueError("distances is empty; expected whole numbers such as 1, 2, 4.")
    group = f"distance-{next(_NUMBERS)}"
    buttons = "".join(
        f'<input type="radio" name="{group}" id="{group}-{k}"{" checked" * (k == 0)}>'
        f'<label for="{group}-{k}">{distance} ×</label>'
        for k, distance in enumerate(distances)
    )
    told = escape(name, quote=True)
    pictures = "".join(
        f'<img alt="{told}, from {distance} times the distance" src="{_as_address(_from_afar(picture, distance))}">'
        for distance in distances
    )
    rules = "".join(
        f"#{group} input:nth-of-type({k}):checked ~ div img:nth-child({k}) {{display: block}}\n"
        for k in range(1, len(distances) + 1)
    )
    rules += f"#{group} img {{display: none; max-width: 100%}}\n#{group} label {{margin: 0 1em 0 0.2em}}\n"
    legend = "<legend>Seen from this many times the distance</legend>"
    return HTML(f'<style>{rules}</style><fieldset id="{group}">{legend}{buttons}<div>{pictures}</div></fieldset>')


def _from_afar(picture: torch.Tensor, distance: int) -> Image.Image:
    """Return a picture as small as it looks from so many times the distance, in the middle of a grey wall."""
    pixels = Image.fromarray((to_pixels(picture) * 255).round().astype("uint8"))
    near = pixels.resize((_PANEL_PIXELS, _PANEL_PIXELS), Image.Resampling.BICUBIC)  # sharp pixels would add edges
    side = max(round(_PANEL_PIXELS / distance), 1)
    wall = Image.new("RGB", (_PANEL_PIXELS, _PANEL_PIXELS), (128, 128, 128))
    corner = (_PANEL_PIXELS - side) // 2
    wall.paste(near.resize((side, side), Image.Resampling.BOX), (corner, corner))
    return wall


def _as_address(picture: Image.Image) -> str:
    """Return a picture as an address that holds it, so that a page needs no other file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
