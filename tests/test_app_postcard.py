"""The card: its size, its border, its caption, its seal."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor

from helpers.app.page import finished, message
from helpers.app.postcard import BORDER, INK, PAPER, PICTURE, SIZE, data_address, postcard
from helpers.app.wish import read_wish

WHITE = torch.ones(3, 64, 64)


def pixels(card):
    return np.asarray(card).astype(int)


def is_paper(part):
    return (np.abs(part - np.array(ImageColor.getrgb(PAPER))).max() <= 1).all()


def caption_of(card):
    """Return the part of the card where the caption stands, without the seal."""
    return pixels(card)[BORDER + PICTURE + 40 : SIZE[1] - 150, BORDER : BORDER + 600]


def test_the_picture_lies_within_a_border_of_paper_and_a_line_of_ink():
    card = pixels(postcard(WHITE))
    assert card.shape == (SIZE[1], SIZE[0], 3)
    assert is_paper(card[: BORDER - 14]) and is_paper(card[:, : BORDER - 14]) and is_paper(card[:, 14 - BORDER :])
    assert tuple(card[BORDER - 1, SIZE[0] // 2]) == ImageColor.getrgb(INK)
    assert (card[BORDER + 4 : BORDER + PICTURE - 4, BORDER + 4 : BORDER + PICTURE - 4] == 255).all()


def test_the_picture_is_not_turned_or_mirrored():
    picture = -torch.ones(3, 64, 64)
    picture[0, :32, 32:] = 1  # red, above, to the right
    card = pixels(postcard(picture))
    quarter, rest = BORDER + PICTURE // 4, BORDER + 3 * PICTURE // 4
    assert (
        tuple(card[quarter, rest]) == (255, 0, 0) and not card[rest, quarter].any() and not card[quarter, quarter].any()
    )


def test_a_caption_is_printed_and_without_one_the_paper_stays_empty():
    assert is_paper(caption_of(postcard(WHITE)))
    assert not is_paper(caption_of(postcard(WHITE, "A wave")))


@pytest.mark.parametrize("caption", ["snow " * 40, "x" * 200, "Fuji"])
def test_a_caption_never_reaches_the_seal_or_the_border(caption):
    with_caption, without = (pixels(postcard(WHITE, text)) for text in (caption, ""))
    assert (with_caption[:, BORDER + 565 :] == without[:, BORDER + 565 :]).all()
    assert (with_caption[SIZE[1] - 160 :] == without[SIZE[1] - 160 :]).all()


def test_signs_that_no_font_has_are_left_out():
    assert postcard(WHITE, "Fuji 富士山 \U0001f5fb").tobytes() == postcard(WHITE, "Fuji").tobytes()


def test_accents_and_other_scripts_are_printed():
    assert len({caption_of(postcard(WHITE, text)).tobytes() for text in ("Edo", "Edō", "Волна", "κύμα")}) == 4


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#b5382a"])
def test_the_seal_has_the_colour_that_was_asked_for(colour):
    card = pixels(postcard(WHITE, seal=colour))
    corner = card[BORDER + PICTURE + 62 + 4 + 5, BORDER + PICTURE - 40]
    assert tuple(corner) == ImageColor.getrgb(colour)


def test_the_same_card_has_the_same_bytes_and_the_address_holds_it_whole():
    card = postcard(WHITE, "A wave", "seed 1")
    address = data_address(card)
    assert address == data_address(postcard(WHITE, "A wave", "seed 1"))
    assert Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).size == SIZE


def test_what_a_visitor_wrote_is_shown_as_text_and_never_run():
    wish = read_wish("#336699", '<img src=x onerror="alert(1)">', 10, 10, 10, 1, 1)
    assert "<img src=x" not in finished(wish, WHITE[None]) and "<b>" not in message("<b>", is_wrong=True)
