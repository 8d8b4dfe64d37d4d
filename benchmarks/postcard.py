"""What a card of the app costs, beside the bare calls of its network.

    python benchmarks/postcard.py               # the table, on two threads
    python benchmarks/postcard.py --rounds 9    # for a machine that is not quiet

A card is all that a visitor waits for: 40 steps of DDIM, the picture as it emerges, the finished card with its border,
as the page gets it. The aim: 15 seconds on two cores, whatever is asked for. The peer is the network alone: as many
calls, with the gradient in the picture where something guides. Both take turns in one process.
"""

import statistics
import time
from typing import Annotated, NamedTuple

import torch
import typer
from rich.console import Console
from rich.table import Table

from helpers.app import card_maker, page, read_wish
from helpers.app.interface import COLOUR, COLOUR_SCALE, TEXT_SCALE
from helpers.guidance import start_noises
from helpers.postcards import load_postcards

STEPS, SEED, TEXT = 40, 7, "a wave"
AIM = 15.0  # seconds


class Asked(NamedTuple):
    """What a visitor asks for; a scale of 0 is no guidance."""

    name: str
    colour_scale: float
    text_scale: float

    @property
    def form(self) -> tuple:
        """The values of the form."""
        return COLOUR, TEXT if self.text_scale else "", self.colour_scale, self.text_scale, STEPS, SEED, 1


ASKED = (
    Asked("nothing", 0, 0),
    Asked("a colour", COLOUR_SCALE, 0),
    Asked("a text", 0, TEXT_SCALE),
    Asked("both", COLOUR_SCALE, TEXT_SCALE),
)


def seconds_of_a_card(make_cards, asked: Asked) -> float:
    """Draw a card as the app does; return how long it took."""
    started = time.perf_counter()
    wish = read_wish(*asked.form)
    for progress, pictures in make_cards(*asked.form):
        shown = page.finished(wish, pictures) if progress >= 1 else page.emerging(wish, progress, pictures)
    if "fn-done" not in shown:
        raise RuntimeError("The cards never came to an end.")
    return time.perf_counter() - started


def seconds_of_the_network(unet, is_guided: bool) -> float:
    """Call the network as often; return how long it took."""
    x_t = start_noises(1, SEED, unet.config.sample_size)
    started = time.perf_counter()
    for t in torch.linspace(999, 0, STEPS).long():
        with torch.set_grad_enabled(is_guided):
            x_t = x_t.detach().requires_grad_(is_guided)
            eps = unet(x_t, t).sample
        if is_guided:
            torch.autograd.grad(eps.sum(), x_t)
    return time.perf_counter() - started


def main(
    rounds: Annotated[int, typer.Option(min=1, help="turns of each way")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="threads of torch")] = 2,
) -> None:
    """Measure and print."""
    torch.set_num_threads(threads)
    pipeline = load_postcards("pocket", "cpu")
    make_cards = card_maker(pipeline)
    title = f"one card of {STEPS} steps, {threads} threads: median of {rounds} rounds"
    table = Table("asked for", "card, s", "network alone, s", "card : network", f"aim: {AIM:.0f} s", title=title)
    for asked in ASKED:
        is_guided = bool(asked.colour_scale or asked.text_scale)
        seconds_of_a_card(make_cards, asked)  # the first one loads the text model
        turns = [
            (seconds_of_a_card(make_cards, asked), seconds_of_the_network(pipeline.unet, is_guided))
            for _ in range(rounds)
        ]
        card, network = (statistics.median(times) for times in zip(*turns, strict=True))
        told = "as aimed" if card <= AIM else "NOT as aimed"
        table.add_row(asked.name, f"{card:.1f}", f"{network:.1f}", f"{card / network:.2f}", told)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
