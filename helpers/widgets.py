"""Panels of the chapters: controls above a picture that is an ordinary output, so a saved page keeps it."""

from collections.abc import Callable, Sequence

import ipywidgets
import torch
from IPython.display import display
from PIL import Image

from helpers.plotting import to_pixels

_PANEL_PIXELS = 256


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
    picture = display(_drawn(generate(prompt.value, step_count.value, seed)), display_id=True)

    def press(_) -> None:
        button.disabled, message.value = True, "drawing ..."
        try:
            picture.update(_drawn(generate(prompt.value, step_count.value, seed_box.value)))
            message.value = f"{prompt.value}, {step_count.value} steps, seed {seed_box.value}"
        except Exception as error:  # a panel has no other place to say what went wrong
            message.value = f"{type(error).__name__}: {error}"
        finally:
            button.disabled = False

    button.on_click(press)
    return panel


def _drawn(image: torch.Tensor) -> Image.Image:
    """Return a picture enlarged for the screen, its pixels left sharp."""
    pixels = Image.fromarray((to_pixels(image) * 255).round().astype("uint8"))
    return pixels.resize((_PANEL_PIXELS, _PANEL_PIXELS), Image.Resampling.NEAREST)
