"""The page of the app: controls on the left, on the right the picture as it emerges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from helpers.app import page
from helpers.app.wish import COLOUR_SCALES, COUNTS, STEPS, TEXT_SCALES, BadWish, Wish, read_wish
from helpers.sampling.closing import taught_in

if TYPE_CHECKING:
    import gradio as gr

COLOUR = "#d9432f"  # the red of sunsets in prints; far enough from what is drawn anyway to leave a picture
COLOUR_SCALE, TEXT_SCALE = 600.0, 50.0
LONGEST_QUEUE = 40  # visitors; who comes later is told to come back


class Run:
    """What one visitor's Cancel tells the run it is to stop.

    Gradio's own `cancels` breaks the line to the page: a slow one goes on with what had come by then, and stays there.
    """

    is_cancelled = False


class GradioMissing(ImportError):
    """Gradio is not installed; the message says what to do."""


def load_gradio():
    """Return the module gradio. Raises GradioMissing where it is not installed."""
    try:
        import gradio
    except ImportError as error:
        raise GradioMissing("The app needs Gradio, which is not installed. Run: pip install 'gradio>=6,<7'") from error
    return gradio


@taught_in(14)
def build_app(make_cards: Callable[..., Iterator]) -> gr.Blocks:
    """Return the app around a generator function, ready for `launch`; one card at a time is drawn, others wait.

    Taught in chapter 14.

    make_cards  `make_cards(colour, text, colour_scale, text_scale, steps, seed, count)` as `card_maker` returns it
    Raises GradioMissing.
    """
    gr = load_gradio()
    with gr.Blocks(title="Postcards from noise", analytics_enabled=False) as app:
        gr.HTML(page.HEAD)
        with gr.Row(elem_classes="fn-columns"):
            with gr.Column(scale=4, min_width=300):
                first = _what_to_draw(gr)
                with gr.Row(elem_classes="fn-buttons"):
                    make = gr.Button("Make cards", variant="primary", elem_id="make", min_width=150, scale=2)
                    cancel = gr.Button(
                        "Cancel", variant="stop", elem_id="cancel", min_width=90, scale=1, interactive=False
                    )
                again = gr.Button("Again with this seed", elem_id="again", interactive=False)
                wishes = [*first, *_how_to_draw(gr)]
            with gr.Column(scale=6, min_width=300):
                told = gr.HTML(elem_id="told", padding=False)
                stage = gr.HTML(page.EMPTY, elem_id="stage", padding=False)
        last_seed, run = gr.State(None), gr.State(Run())
        outputs = [told, stage, last_seed, cancel, again]
        options = {"concurrency_id": "cards", "show_progress": "minimal", "scroll_to_output": True}
        make.click(_shows(make_cards), [run, *wishes], outputs, api_name="make_cards", **options)
        wishes_again = [run, *wishes, last_seed]
        again.click(_shows(make_cards, True), wishes_again, outputs, api_visibility="private", **options)
        cancel.click(_cancel, [run], None, queue=False, show_progress="hidden", api_visibility="private")
    return app.queue(default_concurrency_limit=1, max_size=LONGEST_QUEUE)


def _what_to_draw(gr) -> list:
    """Make the first four controls, in the order of the arguments of `make_cards`."""
    text = gr.Textbox(
        "", label="Text", placeholder="a wave, a mountain in snow, a sakura tree", lines=2, max_lines=4, elem_id="text"
    )
    colour = gr.ColorPicker(COLOUR, label="Colour", elem_id="colour")
    told = "0 ignores the colour, 100 tints, 1000 covers all"
    colour_scale = _slider(gr, "colour_scale", "Colour scale", COLOUR_SCALES, 20, COLOUR_SCALE, told)
    text_scale = _slider(gr, "text_scale", "Text scale", TEXT_SCALES, 1, TEXT_SCALE, "0 ignores the text")
    return [colour, text, colour_scale, text_scale]


def _how_to_draw(gr) -> list:
    """Make the other three controls, in the order of the arguments of `make_cards`."""
    count = _slider(gr, "count", "Cards", COUNTS, 1, 1)
    steps = _slider(gr, "steps", "Steps", STEPS, 1, 40)
    # a text field: Gradio's field for numbers turns an empty one into 0
    seed = gr.Textbox("", label="Seed", info="Empty: a new one each time", max_lines=1, elem_id="seed")
    return [steps, seed, count]


def _slider(gr, name: str, label: str, limits: tuple, step: float, value: float, info: str | None = None):
    return gr.Slider(*limits, value, step=step, label=label, info=info, elem_id=name, buttons=[])


def _shows(make_cards: Callable[..., Iterator], has_last_seed: bool = False) -> Callable[..., Iterator[tuple]]:
    """Return a generator function of the form's values that shows what `make_cards` yields.

    has_last_seed  True: a last argument, the seed of the cards before, stands in for the seed of the form
    """

    def show(run, colour, text, colour_scale, text_scale, steps, seed, count, last_seed=None):
        gr = load_gradio()
        same = (gr.skip(),) * 5
        try:
            wish = read_wish(colour, text, colour_scale, text_scale, steps, last_seed if has_last_seed else seed, count)
            cards = make_cards(colour, wish.text, wish.colour_scale, wish.text_scale, wish.steps, wish.seed, wish.count)
            run.is_cancelled = False
            for progress, pictures in cards:
                if run.is_cancelled:
                    yield _cancelled(gr)
                    return
                yield _update(gr, wish, progress, pictures)
        except BadWish as bad:  # whatever stands on the page stays there
            yield page.message(str(bad), is_wrong=True), *same[1:]

    return show


def _update(gr, wish: Wish, progress: float, pictures) -> tuple:
    """Return the values of message, stage, last seed, Cancel and Again at one moment."""
    is_done = progress >= 1
    said = f"Seed {wish.seed}" if is_done else f"Drawing with seed {wish.seed}: {round(100 * progress)} %"
    stage = page.finished(wish, pictures) if is_done else page.emerging(wish, progress, pictures)
    return page.message(said), stage, wish.seed, gr.update(interactive=not is_done), gr.update(interactive=True)


def _cancelled(gr) -> tuple:
    """Return the same after a press of Cancel: the picture stays as far as it had come."""
    said = page.message("Cancelled. Your settings are still there.")
    return said, gr.skip(), gr.skip(), gr.update(interactive=False), gr.skip()


def _cancel(run: Run) -> None:
    run.is_cancelled = True
