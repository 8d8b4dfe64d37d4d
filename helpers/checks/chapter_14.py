"""Checks of chapter 14: the generator function that draws cards, and the interface around it."""

from collections.abc import Callable

import torch

from helpers.checks.card_generator import (
    COLOUR_FIXED,
    CUTOUTS,
    SEED_FIXED,
    SEED_IGNORED,
    STEPS_IGNORED,
    TEXT_IGNORED,
    draw,
    require_pictures,
    require_progress,
    require_refusal,
)
from helpers.checks.card_interface import (
    app_of,
    require_cancel,
    require_controls,
    require_message,
    require_one_at_a_time,
    require_wiring,
)
from helpers.checks.registry import check
from helpers.checks.report import passed
from helpers.checks.student_function import StudentFunction

_COLOURS = ("#c03020", "#2050c0", "#30a060", "#e0c040", "#703090")


@check("make_cards")
def check_make_cards(make_cards, pipeline, seed: int = 0) -> None:
    """Check `make_cards(colour, text, colour_scale, text_scale, steps, seed, count)`, a generator function.

    What it yields is held to the guided sampler on a network whose answers are known; each argument must reach it, and
    the same seed must give the same card. Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("make_cards", make_cards)
    wish = {
        "colour": _COLOURS[seed % 5], "text": "", "colour_scale": 150 + 10 * seed, "text_scale": 5,
        "steps": 8 + seed % 3, "seed": 40 + seed, "count": 2,
    }  # fmt: skip

    def drawn(at: int, **changes):
        return draw(student, make_cards, pipeline, wish | changes, at)

    first = drawn(seed)
    _require_calls(student, first, wish)
    require_progress(student, first)
    _require_seeds(student, drawn, first, wish)
    require_pictures(student, first, pipeline, wish)
    _require_wishes(student, drawn, wish)
    require_refusal(student, make_cards, wish | {"seed": -3})
    passed("make_cards", "progress rises to 1, every wish reaches the sampler, and the same seed gives the same card")


def _require_calls(student: StudentFunction, drawn, wish: dict) -> None:
    if len(drawn.calls) != wish["steps"]:
        student.fail(
            "the network is asked another number of times",
            expected=f"{wish['steps']} calls", got=str(len(drawn.calls)), mistake=STEPS_IGNORED,
        )  # fmt: skip


def _require_seeds(student: StudentFunction, drawn: Callable, first, wish: dict) -> None:
    again, other = drawn(101), drawn(101, seed=wish["seed"] + 1)
    if not torch.equal(first.calls[0], again.calls[0]) or not torch.allclose(first.seen[-1][1], again.seen[-1][1]):
        student.fail("the same seed gives another card", expected="the same card", mistake=SEED_IGNORED)
    if torch.equal(again.calls[0], other.calls[0]):
        student.fail("another seed gives the same card", expected="another card", mistake=SEED_FIXED)


def _require_wishes(student: StudentFunction, drawn: Callable, wish: dict) -> None:
    def last(at=5, **changes):
        return drawn(at, **changes).seen[-1][1]

    if torch.equal(last(), last(colour="#ffffff")):
        student.fail("another colour gives the same card", expected="another card", mistake=COLOUR_FIXED)
    wave = last(text="a wave", text_scale=90)
    if torch.equal(wave, last(text="a tree", text_scale=90)):
        student.fail("another text gives the same card", expected="another card", mistake=TEXT_IGNORED)
    if not torch.allclose(wave, last(6, text="a wave", text_scale=90), atol=1e-4):
        student.fail("with a text, the same seed gives another card", expected="the same card", mistake=CUTOUTS)


@check("build_app")
def check_build_app(build_app, seed: int = 0) -> None:
    """Check `build_app(make_cards)`: its controls, what the button does, what a bad wish gets, Cancel, the queue.

    No page is opened: the description of the app is read, the function behind the button called. Raises CheckFailed.
    """
    student = StudentFunction("build_app", build_app)
    app = app_of(student, build_app, seed)
    controls = require_controls(student, app.blocks)
    event = require_wiring(student, app, controls, seed)
    require_message(student, app, event, controls)
    require_cancel(student, app.blocks, event)
    require_one_at_a_time(student, app.blocks, event)
    passed("build_app", "every control reaches your generator, pictures are shown on the way, and Cancel stops it")
