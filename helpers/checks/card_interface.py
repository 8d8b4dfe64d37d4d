"""Judge a Gradio interface without a browser: its description is read, and the function behind its button called."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from helpers.app.wish import BadWish
from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.student_function import StudentFunction

CONTROLS = "the seven controls in this chapter"
EVENTS = "the section on events in this chapter"
ARGUMENTS = ("colour", "text", "colour_scale", "text_scale", "steps", "seed", "count")
LABELS = ("Colour", "Text", "Colour scale", "Text scale", "Steps", "Seed", "Cards")
_FORM = dict(zip(ARGUMENTS, ("#336699", "a wave", 120.0, 30.0, 12, "5", 3), strict=True))

MISSING = Mistake("control_missing", "a control is missing, or has another label", CONTROLS)
NO_PICKER = Mistake("colour_as_text", "the colour is not picked: take gr.ColorPicker", CONTROLS)
NO_EVENT = Mistake(
    "button_does_nothing", "no event takes the seven controls: button.click(show, inputs, outputs)", EVENTS
)
ORDER = Mistake("inputs_swapped", "the inputs stand in another order than the arguments of make_cards", EVENTS)
NOT_CALLED = Mistake("generator_not_called", "the button does not call the make_cards that build_app was given", EVENTS)
ONLY_THE_END = Mistake(
    "only_the_end", "the function behind the button returns once: it must yield, as make_cards does", EVENTS
)
OUTPUTS = Mistake("outputs_do_not_match", "another number of values is yielded than there are outputs", EVENTS)
UNCAUGHT = Mistake(
    "bad_wish_uncaught", "BadWish is not caught: raise gr.Error(str(bad)) from it, so that its words are shown", EVENTS
)
SWALLOWED = Mistake("bad_wish_swallowed", "the words of BadWish are lost: show them", EVENTS)
NO_CANCEL = Mistake("no_cancel", "no button cancels the drawing: cancel.click(None, cancels=drawing)", EVENTS)
MANY = Mistake("many_at_once", "several cards may be drawn at the same time: concurrency_limit=1", EVENTS)


class Built(NamedTuple):
    """An app under judgement, and the generator function that it was given."""

    blocks: Any
    cards: "SpyCards"


class SpyCards:
    """A generator function that keeps what it is called with."""

    def __init__(self, seed: int):
        self.calls: list[dict] = []
        self.refuses = False
        self.pictures = torch.rand((3, 3, 16, 16), generator=torch.Generator().manual_seed(seed)) * 2 - 1

    def __call__(self, colour, text, colour_scale, text_scale, steps, seed, count):
        values = (colour, text, colour_scale, text_scale, steps, seed, count)
        self.calls.append(dict(zip(ARGUMENTS, values, strict=True)))
        if self.refuses:
            raise BadWish("This wish was refused by the check.")
        for progress in (0.25, 0.5, 0.75, 1.0):
            yield progress, self.pictures


def app_of(student: StudentFunction, build_app: Callable, seed: int) -> Built:
    """Call the student's function, and require an app."""
    cards, kept = SpyCards(seed), []

    def run() -> float:
        kept.append(build_app(cards))
        return 0.0

    StudentFunction("build_app", run).call(seed=seed)
    if not hasattr(kept[0], "get_config_file"):
        student.fail(f"the function returned a {type(kept[0]).__name__}", expected="the app: return app at its end")
    return Built(kept[0], cards)


def require_controls(student: StudentFunction, blocks) -> dict[int, str]:
    """Return the controls by their number: the argument that each stands for."""
    found = {}
    for part in blocks.get_config_file()["components"]:
        label = str(part["props"].get("label") or "").strip().lower()
        for argument, wanted in zip(ARGUMENTS, LABELS, strict=True):
            if label == wanted.lower() and part["type"] not in ("button", "gallery"):
                found[part["id"]] = argument
                if argument == "colour" and part["type"] != "colorpicker":
                    student.fail(f'"Colour" is a {part["type"]}', expected="gr.ColorPicker", mistake=NO_PICKER)
    lacking = [label for name, label in zip(ARGUMENTS, LABELS, strict=True) if name not in found.values()]
    if lacking:
        student.fail("controls are missing", expected=f"one labelled {', '.join(lacking)}", mistake=MISSING)
    return found


def require_wiring(student: StudentFunction, app: Built, controls: dict[int, str], seed: int):
    """Return the event that draws, after its function was called: each control must arrive as its own argument."""
    events = [event for event in app.blocks.fns.values() if set(controls) <= {part._id for part in event.inputs}]
    if not events:
        student.fail("no event takes the seven controls", expected="button.click(...)", mistake=NO_EVENT)
    shown = _shown(student, app, events[0], controls)
    if not app.cards.calls:
        student.fail("make_cards was not called", expected="one call for each press", mistake=NOT_CALLED)
    for argument, value in app.cards.calls[0].items():
        if value != _FORM[argument]:
            student.fail(
                "a control arrives as another argument", expected=f"{argument} = {_FORM[argument]!r}", got=f"{value!r}",
                mistake=ORDER,
            )  # fmt: skip
    if len(shown) < 3:
        student.fail("the page changes only once", expected="as often as make_cards yields", mistake=ONLY_THE_END)
    wanted = len(events[0].outputs)
    for values in shown:
        given = len(values) if isinstance(values, (tuple, list)) and wanted > 1 else 1
        if given != wanted and not isinstance(values, dict):
            student.fail("values and outputs do not match", expected=str(wanted), got=str(given), mistake=OUTPUTS)
    return events[0]


def _shown(student: StudentFunction, app: Built, event, controls: dict[int, str]) -> list:
    """Call the function behind an event as a press of the button would, and return all that it shows."""
    values = [_FORM[controls[part._id]] if part._id in controls else None for part in event.inputs]
    kept = []

    def run() -> float:
        answer = event.fn(*values)
        if hasattr(answer, "__next__"):
            for item in answer:
                kept.append(item)
        else:
            kept.append(answer)
        return 0.0

    try:
        StudentFunction("build_app", run).call()
    except CheckFailed as failure:
        failure.shown = kept
        raise
    return kept


def require_message(student: StudentFunction, app: Built, event, controls: dict[int, str]) -> None:
    """Require that a refused wish reaches the visitor in its own words, as gr.Error or on the page."""
    import gradio as gr

    app.cards.refuses = True
    try:
        shown = _shown(student, app, event, controls)
    except CheckFailed as failure:
        if isinstance(failure.__cause__, gr.Error) and "refused by the check" in str(failure.__cause__):
            return
        known = UNCAUGHT if isinstance(failure.__cause__, BadWish) else SWALLOWED
        student.fail(
            "a bad wish does not get its message",
            expected="gr.Error(str(bad))",
            got=str(failure.symptom),
            mistake=known,
        )
    if "refused by the check" not in str(shown):
        student.fail("a bad wish gets no message", expected="the words of BadWish", mistake=SWALLOWED)


def require_cancel(student: StudentFunction, blocks, event) -> None:
    """Require an event that cancels the drawing."""
    if not any(event._id in (other.cancels or []) for other in blocks.fns.values()):
        student.fail("nothing cancels the drawing", expected="an event with cancels=...", mistake=NO_CANCEL)


def require_one_at_a_time(student: StudentFunction, blocks, event) -> None:
    """Require that one visitor is served at a time; Gradio's own default is that, too."""
    limit = event.concurrency_limit
    if limit == "default":
        limit = blocks._queue.default_concurrency_limit
    if limit != 1:
        student.fail(
            "visitors are served at the same time", expected="one after the other", got=str(limit), mistake=MANY
        )
