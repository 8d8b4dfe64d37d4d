"""The small world of the exact denoiser: pictures drawn in code, each with the prompts that it answers to."""

import functools

import numpy as np
import torch

from helpers.denoisers.canvas import Canvas, around
from helpers.denoisers.exact import GaussianMixture
from helpers.denoisers.scenes import PAPER, SCENES

COLOURS = {"red": (214, 48, 49), "yellow": (246, 190, 40), "green": (46, 150, 90), "blue": (44, 96, 200)}
SHIFTS = ((0.0, 0.0), (-0.12, -0.12), (0.12, -0.12), (-0.12, 0.12), (0.12, 0.12))  # of a shape
# of a scene: never upwards, where a drawing would float above its ground
SCENE_SHIFTS = ((0.0, 0.0), (-0.09, 0.0), (0.09, 0.0), (-0.05, 0.05), (0.05, 0.05))


def circle(c: Canvas, colour) -> None:
    c.oval(0.5, 0.5, 0.54, 0.54, colour)


def square(c: Canvas, colour) -> None:
    c.box(0.26, 0.26, 0.74, 0.74, colour)


def triangle(c: Canvas, colour) -> None:
    c.polygon(around(0.5, 0.56, [0.34] * 3), colour)


def star(c: Canvas, colour) -> None:
    c.polygon(around(0.5, 0.52, [0.34, 0.14] * 5), colour)


def heart(c: Canvas, colour) -> None:
    for x in (0.38, 0.62):
        c.oval(x, 0.4, 0.27, 0.27, colour)
    c.polygon([(0.262, 0.46), (0.5, 0.47), (0.738, 0.46), (0.5, 0.79)], colour)
    c.polygon([(0.38, 0.4), (0.62, 0.4), (0.5, 0.6)], colour)


SHAPES = (circle, square, triangle, star, heart)


def drawn_pictures(size: int = 32) -> GaussianMixture:
    """Return the default pictures: shapes in four colours and the course's prompts as drawings, five places each.

    size  pixels, 8 or more

    Several places to one prompt make the mean over a prompt a blur, which is what one denoising step shows.
    Raises ValueError for another size.
    """
    if not isinstance(size, int) or size < 8:
        raise ValueError(f"size is {size!r}; expected a whole number of pixels, 8 or more.")
    pixels, captions = _drawn(size)
    return GaussianMixture(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1, captions=captions)


@functools.lru_cache(maxsize=4)
def _drawn(size: int) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """Return all pictures, (K, size, size, 3) uint8, and the captions of each; drawn once a size."""
    pictures, captions = [], []
    for shape in SHAPES:
        for name, colour in COLOURS.items():
            pictures += [_draw(shape, size, shift, colour) for shift in SHIFTS]
            captions += [(f"a {name} {shape.__name__}", f"a {shape.__name__}")] * len(SHIFTS)
    for scene, prompts in SCENES.items():
        pictures += [_draw(scene, size, shift) for shift in SCENE_SHIFTS]
        captions += [prompts] * len(SCENE_SHIFTS)
    return np.stack(pictures), tuple(captions)


def _draw(drawing, size: int, shift, *colour) -> np.ndarray:
    canvas = Canvas(PAPER, shift)
    drawing(canvas, *colour)
    return canvas.pixels(size)
