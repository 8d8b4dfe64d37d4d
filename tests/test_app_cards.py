"""The generator of the app: what it yields, that a seed gives the same card, and what it says of a bad wish."""

import math

import pytest
import torch
from small_postcards import small_pipeline

from helpers.app import BadWish, card_maker, read_wish
from helpers.clip import load_clip

GOOD = {
    "colour": "#c03020", "text": "", "colour_scale": 40, "text_scale": 0, "steps": 10, "seed": 3, "count": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def make_cards():
    return card_maker(small_pipeline(), lambda: load_clip("pocket"))


def drawn(make_cards, **changes):
    """Return the finished pictures."""
    *_, (progress, pictures) = make_cards(**GOOD | changes)
    assert progress == 1
    return pictures


def test_progress_rises_to_1_and_each_step_shows_pictures(make_cards):
    seen = list(make_cards(**GOOD))
    progress = [part for part, _ in seen]
    assert progress == sorted(set(progress)) and 0 < progress[0] < 0.5 and progress[-1] == 1 and len(seen) >= 4
    for _, pictures in seen:
        assert pictures.shape == (2, 3, 32, 32) and pictures.abs().max() <= 1


def test_the_same_seed_gives_the_same_cards_whatever_happened_before(make_cards):
    asked = {"text": "a wave", "text_scale": 50}
    torch.manual_seed(1)
    first = drawn(make_cards, **asked)
    torch.manual_seed(2)
    assert torch.equal(first, drawn(make_cards, **asked))


def test_another_seed_gives_another_card(make_cards):
    assert not torch.allclose(drawn(make_cards), drawn(make_cards, seed=4), atol=0.1)


def test_the_first_card_does_not_depend_on_how_many_are_drawn(make_cards):
    torch.testing.assert_close(drawn(make_cards, count=1), drawn(make_cards, count=3)[:1], rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    "change", [{"colour": "#0000ff"}, {"colour_scale": 90}, {"text": "a wave", "text_scale": 80}, {"steps": 20}]
)
def test_each_wish_reaches_the_sampler(make_cards, change):
    assert not torch.equal(drawn(make_cards), drawn(make_cards, **change))


def test_a_text_without_a_scale_loads_no_text_model():
    def refuse():
        raise AssertionError("the text model was loaded")

    drawn(card_maker(small_pipeline(), refuse), text="a wave", text_scale=0)


def test_nothing_is_computed_after_the_generator_is_closed():
    pipeline, calls = small_pipeline(), []
    pipeline.unet.register_forward_pre_hook(lambda *_: calls.append(1))
    cards = card_maker(pipeline)(**GOOD | {"steps": 100})
    next(cards)
    cards.close()
    assert 1 <= len(calls) < 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": None}, "No colour is chosen"),
        ({"colour": ""}, "No colour is chosen"),
        ({"colour": "reddish"}, "reddish is no colour"),
        ({"colour": "rgb(300, 0, 0)"}, "no colour"),
        ({"text": "wave " * 1000}, "4,999 characters. Please say it in 200"),
        ({"colour_scale": math.nan}, "The colour scale is nan"),
        ({"text_scale": -1}, "The text scale is -1"),
        ({"text_scale": None}, "The text scale is missing"),
        ({"colour_scale": math.inf}, "The colour scale is inf"),
        ({"seed": -5}, "The seed is -5"),
        ({"seed": "x7"}, "The seed is x7"),
        ({"seed": 2**40}, "The seed is"),
        ({"steps": 1}, "The number of steps is 1. Please give a number from 4 to 100"),
        ({"steps": 7.5}, "a whole number from 4 to 100"),
        ({"count": 100}, "The number of cards is 100"),
    ],
)
def test_a_bad_wish_is_refused_with_a_message(make_cards, change, said):
    with pytest.raises(BadWish) as refused:
        make_cards(**GOOD | change)
    assert said in str(refused.value)


@pytest.mark.parametrize("written", ["#336699", " #336699 ", "rgb(51, 102, 153)", "rgba(51.0, 102.2, 153, 1)"])
def test_a_colour_is_read_as_a_picker_writes_it(written):
    assert read_wish(**GOOD | {"colour": written}).hex == "#336699"


def test_no_colour_is_fine_where_its_scale_is_0():
    assert read_wish(**GOOD | {"colour": None, "colour_scale": 0}).colour is None


def test_without_a_seed_one_is_drawn():
    seeds = {read_wish(**GOOD | {"seed": empty}).seed for empty in ("", None, "", None)}
    assert len(seeds) > 1 and min(seeds) >= 0
