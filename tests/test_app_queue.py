"""Visitors at once: they wait in line, each gets the card of the own wish, and none breaks it for the others."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_postcards import small_pipeline

gradio_client = pytest.importorskip("gradio_client", reason="Gradio is not installed")

from helpers.app import card_maker, start  # noqa: E402

WISH = {"colour": "#2f5d8a", "text": "", "colour_scale": 20, "text_scale": 0, "steps": 8, "seed": "1", "count": 1}


class Watched:
    """A tiny pipeline that counts how many visitors it draws for at the same time."""

    def __init__(self):
        self.pipeline, self.now, self.most, self.lock = small_pipeline(16), 0, 0, threading.Lock()
        self.pipeline.unet.register_forward_pre_hook(self.enters)
        self.pipeline.unet.register_forward_hook(self.leaves)

    def enters(self, *_):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)

    def leaves(self, *_):
        with self.lock:
            self.now -= 1


@pytest.fixture(scope="module")
def served():
    watched = Watched()
    app, address = start(port=0, pipeline=watched.pipeline, wait=False)
    yield watched, address
    app.close()


def asked(address, **changes):
    """Return message and stage that one visitor gets, as HTML."""
    patient = {"timeout": 120}  # seconds; a busy machine takes longer than the client waits by itself
    client = gradio_client.Client(address, verbose=False, analytics_enabled=False, httpx_kwargs=patient)
    wish = WISH | changes
    answer = client.predict(*wish.values(), api_name="/make_cards")
    return answer[0], answer[1]


def picture_in(stage):
    return re.search(r'src="(data:image/jpeg[^"]+)"', stage).group(1)


def test_ten_visitors_at_once_all_get_their_own_card_one_after_the_other(served):
    watched, address = served
    with ThreadPoolExecutor(10) as visitors:
        answers = list(visitors.map(lambda seed: asked(address, seed=str(seed)), range(10)))
    assert [re.search(r"Seed (\d+)", told).group(1) for told, _ in answers] == [str(seed) for seed in range(10)]
    assert len({picture_in(stage) for _, stage in answers}) == 10
    assert watched.most == 1, "two cards were drawn at the same time"


def test_the_same_seed_gives_the_same_card_to_two_visitors(served):
    assert picture_in(asked(served[1])[1]) == picture_in(asked(served[1])[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": None}, "No colour is chosen"),
        ({"text": "wave " * 1000}, "4,999 characters"),
        ({"seed": "-5"}, "The seed is -5"),
        ({"seed": "NaN"}, "The seed is NaN"),
    ],
)
def test_a_bad_wish_gets_a_message_and_the_next_visitor_a_card(served, change, said):
    told, _ = asked(served[1], **change)
    assert said in str(told) and "alert" in str(told)
    assert "fn-done" in asked(served[1])[1]


def test_an_unforeseen_error_stops_one_visitor_and_not_the_next():
    pipeline = small_pipeline(16)
    broken = pipeline.unet.register_forward_pre_hook(lambda *_: 1 / 0)
    app, address = start(port=0, pipeline=pipeline, wait=False)
    try:
        with pytest.raises(Exception, match="division by zero"):
            asked(address)
        broken.remove()
        assert "fn-done" in asked(address)[1]
    finally:
        app.close()


def test_the_app_asks_for_the_same_as_the_generator_function(served):
    from inspect import signature

    names = list(signature(card_maker(served[0].pipeline)).parameters)
    assert names == list(WISH)
