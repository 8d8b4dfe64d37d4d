"""The pieces of HTML that the app shows: a message, pictures that emerge, finished cards."""

from html import escape
from pathlib import Path

from torch import Tensor

from helpers.app.postcard import data_address, postcard, to_image
from helpers.app.wish import Wish

CSS = Path(__file__).with_name("app.css")
HEAD = """<header class="fn-head"><h1>Postcards from noise</h1>
<p>A small model that learned from prints of Hiroshige and Hokusai draws you a card, beginning with nothing but noise.
Choose a colour, say what it may resemble, or leave it to chance.</p></header>"""
EMPTY = """<div class="fn-stage fn-empty"><div class="fn-blank" aria-hidden="true"><i></i></div>
<p>Your card will appear here.</p></div>"""


def message(text: str = "", is_wrong: bool = False) -> str:
    """Return a line that tells the visitor something; what went wrong is read out at once."""
    kind = ("alert", "fn-wrong") if is_wrong else ("status", "fn-note")
    return f'<p class="fn-message {kind[1]}" role="{kind[0]}">{escape(text)}</p>' if text else ""


def emerging(wish: Wish, progress: float, pictures: Tensor) -> str:
    """Return pictures on their way, with a bar that says how far they are.

    progress  0 to 1
    pictures  (B, 3, H, W) in [-1, 1]
    """
    percent = round(100 * progress)
    shown = "".join(
        f'<figure class="fn-card fn-emerging"><img alt="Card {place}, still emerging from noise" '
        f'src="{data_address(to_image(picture), "PNG")}"></figure>'
        for place, picture in enumerate(pictures, 1)
    )
    return (
        f'<div class="fn-stage"><div class="fn-bar" role="progressbar" aria-label="Drawing" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}"><span style="width: {percent}%"></span></div>'
        f'<div class="fn-cards fn-{_layout(len(pictures))}">{shown}</div></div>'
    )


def finished(wish: Wish, pictures: Tensor) -> str:
    """Return finished cards, each with its link for the download. pictures (B, 3, H, W) in [-1, 1]."""
    cards = "".join(_card(wish, place, picture) for place, picture in enumerate(pictures, 1))
    return f'<div class="fn-stage fn-done"><div class="fn-cards fn-{_layout(len(pictures))}">{cards}</div></div>'


def _card(wish: Wish, place: int, picture: Tensor) -> str:
    address = data_address(postcard(picture, wish.text, note_of(wish, place), wish.hex))
    about = f"Postcard {place}" + (f": {wish.text}" if wish.text else "")
    return (
        f'<figure class="fn-card"><img alt="{escape(about)}" src="{address}"><figcaption>'
        f'<a class="fn-download" download="postcard-{wish.seed}-{place}.jpg" href="{address}">'
        f"Download card {place}</a></figcaption></figure>"
    )


def note_of(wish: Wish, place: int) -> str:
    """Return the small line of a card: what is needed to draw it again."""
    asked = [f"seed {wish.seed}", f"card {place} of {wish.count}", f"{wish.steps} steps"]
    if wish.colour_scale:
        asked.append(f"{wish.hex} × {wish.colour_scale:g}")
    if wish.text and wish.text_scale:
        asked.append(f"text × {wish.text_scale:g}")
    return "  ·  ".join(asked)


def _layout(count: int) -> str:
    return "one" if count == 1 else "many"
