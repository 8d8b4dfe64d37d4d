"""The landing page's picture: drawn by the weights that are shipped, and set as its alternative text says."""

import torch
from PIL import Image

from course.website.hero import HERO, PROMPTS, SHOWN, STEPS, WEIGHTS_KEY, drawn, weights_checksum


def test_the_picture_was_drawn_by_the_weights_that_are_shipped():
    assert Image.open(HERO).text[WEIGHTS_KEY] == weights_checksum(), (
        "the weights have changed since book/_static/hero.png was drawn; run: .venv/bin/python -m course.website.hero"
    )


def test_the_picture_has_a_row_for_each_prompt_and_a_tile_for_each_time():
    rows = [[torch.full((3, 32, 32), -1.0) for _ in SHOWN] for _ in PROMPTS]
    assert drawn(rows).size == Image.open(HERO).size


def test_pixels_stay_sharp_and_the_gaps_are_see_through():
    black, white = torch.full((3, 2, 2), -1.0), torch.full((3, 2, 2), 1.0)
    picture = drawn([[black, white]])
    assert picture.getpixel((0, 0)) == (0, 0, 0, 255)
    assert picture.getpixel((127, 127)) == (0, 0, 0, 255)
    assert picture.getpixel((130, 0))[3] == 0
    assert picture.getpixel((138, 0)) == (255, 255, 255, 255)


def test_a_row_goes_from_noise_to_the_last_step():
    assert SHOWN[0] == 0
    assert SHOWN[-1] == STEPS
    assert list(SHOWN) == sorted(set(SHOWN))
