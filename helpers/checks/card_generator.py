"""Judge a generator of cards: a network stands in whose answers are known, and each thing it yields is looked at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.app.wish import BadWish, read_wish
from helpers.checks.diagnosis import diagnose
from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.student_function import StudentFunction
from helpers.guidance import colour_loss, guided_steps

YIELDING = "the section on generators in this chapter"
WISHES = "the table of the seven arguments in this chapter"
ALL_AT_ONCE = Mistake("all_at_once", "everything is drawn before the first yield: yield inside the loop", YIELDING)
PERCENT = Mistake("percent", "progress is counted in steps or per cent: divide, so that the end is 1", YIELDING)
FALLS = Mistake(
    "progress_falls", "progress goes down: it is the share that is left, not the share that is done", YIELDING
)
UNFINISHED = Mistake(
    "never_finished", "the last yield has a progress below 1: after the loop comes one with 1", YIELDING
)
ONLY_THE_END = Mistake("only_the_end", "nothing is yielded on the way: the visitor waits without a picture", YIELDING)
NOISE_SHOWN = Mistake(
    "noise_shown", "x_prev is shown on the way: x_0_pred is what the model sees in the noise", YIELDING
)
STEPS_IGNORED = Mistake("steps_ignored", "steps does not reach scheduler.set_timesteps", WISHES)
COUNT_IGNORED = Mistake("count_ignored", "count does not reach the noise that the cards begin with", WISHES)
SEED_IGNORED = Mistake(
    "seed_ignored", "the noise is drawn without the seed: the same seed must give the same card", WISHES
)
SEED_FIXED = Mistake("seed_fixed", "every seed gives the same noise: the argument seed is not used", WISHES)
CUTOUTS = Mistake(
    "cutouts_not_seeded", "the cut-outs are drawn without the seed: random_cutouts(4, generator(seed))", WISHES
)
COLOUR_FIXED = Mistake("colour_ignored", "the colour does not reach the loss", WISHES)
TEXT_IGNORED = Mistake("text_ignored", "the text does not reach the loss", WISHES)
UNCHECKED = Mistake(
    "wish_not_read", "the form's values are used as they are: read_wish refuses those that cannot be drawn", WISHES
)
SCALES_SWAPPED = Mistake("scales_swapped", "the two scales are swapped", WISHES)
SCALE_MISSING = Mistake("colour_scale_ignored", "the colour's loss is not multiplied by its scale", WISHES)
AWAY = Mistake("away_from_the_colour", "the loss is subtracted: the sampler goes down the loss by itself", WISHES)
_CLOSE = 2e-3  # mean difference of pictures in [-1, 1]: rounding stays far below it
_SPREAD = 0.3  # standard deviation of the pictures of which the network that stands in knows


class Drawn(NamedTuple):
    """What one call of the student's generator function gave.

    seen        pairs of progress and pictures (count, 3, H, W), float64
    calls       the batches that the network was asked about
    before      how many calls there were before the first yield
    """

    seen: list[tuple[float, Tensor]]
    calls: list[Tensor]
    before: int


@contextmanager
def known_network(pipeline) -> Iterator[list[Tensor]]:
    """Let the network of a pipeline answer from a closed form inside the block; yields the batches that it is asked."""
    calls: list[Tensor] = []
    bars = pipeline.scheduler.alphas_cumprod

    def forward(sample, timestep, *_, **__):
        calls.append(sample.detach().clone())
        return SimpleNamespace(sample=best_noise(sample, bars[int(torch.as_tensor(timestep).reshape(-1)[0])]))

    pipeline.unet.forward = forward  # on the object: it may have another name in the student's code
    try:
        yield calls
    finally:
        del pipeline.unet.forward


def best_noise(x_t: Tensor, bar: Tensor) -> Tensor:
    """Return the best guess of the noise where pictures are Gaussian around a known one: (x_t - sqrt(bar) m) / ..."""
    down, across = (torch.linspace(-0.6, 0.6, side).to(x_t) for side in x_t.shape[-2:])
    middle = torch.stack(
        [down[:, None].expand(x_t.shape[-2:]), across.expand(x_t.shape[-2:]), 0.3 - down[:, None] * across]
    )
    bar = bar.to(x_t)
    return (1 - bar).sqrt() * (x_t - bar.sqrt() * middle) / (bar * _SPREAD**2 + 1 - bar)


def draw(student: StudentFunction, make_cards: Callable, pipeline, wish: dict, seed: int) -> Drawn:
    """Call the student's function with every random source at `seed`, and take all that it yields."""
    kept: list = []

    def run() -> float:
        with known_network(pipeline) as calls:
            cards = make_cards(*wish.values())
            if not hasattr(cards, "__next__"):
                kept.append(type(cards).__name__)
                return 0.0
            for item in cards:
                kept.append((item, len(calls)))
            kept.append(calls)
        return 0.0

    StudentFunction("make_cards", run, closed=("card_maker",)).call(seed=seed)
    *items, calls = kept
    if isinstance(calls, str):
        student.fail(f"the function returned a {calls}", expected="a generator", mistake=ALL_AT_ONCE)
    if not items:
        student.fail("the generator yields nothing", expected="pairs of progress and pictures")
    return Drawn([_pair(student, item, wish) for item, _ in items], calls, items[0][1])


def _pair(student: StudentFunction, item, wish: dict) -> tuple[float, Tensor]:
    try:
        progress, pictures = item
        progress, pictures = float(progress), torch.as_tensor(pictures).detach().double().cpu()
    except (TypeError, ValueError, RuntimeError):
        student.fail("what is yielded cannot be read", expected="progress, pictures", got=f"a {type(item).__name__}")
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        student.fail("the pictures have another shape", expected="(count, 3, H, W)", got=str(tuple(pictures.shape)))
    if len(pictures) != wish["count"]:
        student.fail(
            "another number of pictures", expected=str(wish["count"]), got=str(len(pictures)), mistake=COUNT_IGNORED
        )
    return progress, pictures


def require_progress(student: StudentFunction, drawn: Drawn) -> None:
    """Require progress from 0 to 1: it never falls, ends at 1, and comes while the sampler is still at work."""
    progress = [part for part, _ in drawn.seen]
    shown = ", ".join(f"{part:.2f}" for part in progress[:4]) + (" ..." if len(progress) > 4 else "")
    if max(progress) > 1.0001 or min(progress) < 0:
        student.fail("progress leaves 0 to 1", expected="0 <= progress <= 1", got=shown, mistake=PERCENT)
    if any(later < earlier for earlier, later in zip(progress[:-1], progress[1:], strict=True)):
        student.fail("progress falls", expected="numbers that never fall", got=shown, mistake=FALLS)
    if len(progress) < 3:
        student.fail("too little is yielded", expected="several pictures on the way", got=shown, mistake=ONLY_THE_END)
    if abs(progress[-1] - 1) > 1e-6:
        student.fail("progress ends elsewhere", expected="1 at the end", got=f"{progress[-1]:.2f}", mistake=UNFINISHED)
    if drawn.before >= len(drawn.calls):
        student.fail(
            "the first picture comes when all is drawn", expected="a first one after a few steps", mistake=ALL_AT_ONCE
        )


def require_pictures(student: StudentFunction, drawn: Drawn, pipeline, wish: dict) -> None:
    """Require the guided sampler's pictures, on the way and at the end, from the same noise, without a text."""
    start = drawn.calls[0]
    right = _reference(pipeline, wish, start, wish["colour_scale"])
    shown, last = drawn.seen[1][1], drawn.seen[-1][1]
    if min(_apart(last, right[-1].x_prev), _apart(last, right[-1].x_0_pred)) > _CLOSE:
        wrong = {SCALES_SWAPPED: wish["text_scale"], SCALE_MISSING: 1.0, AWAY: -wish["colour_scale"], COLOUR_FIXED: 0.0}
        far = {name: _apart(last, _reference(pipeline, wish, start, scale)[-1].x_prev) for name, scale in wrong.items()}
        student.fail(
            "the cards are not those of the guided sampler",
            expected=f"colour_scale * colour_loss(x_0, colour), with the scale {wish['colour_scale']}",
            got=f"pictures that are {_apart(last, right[-1].x_prev):.2f} away from that",
            mistake=diagnose({name: [value / _CLOSE] for name, value in far.items()}),
            read=WISHES,
        )
    near = min(_apart(shown, step.x_0_pred) for step in right)
    if near > _CLOSE and min(_apart(shown, step.x_prev) for step in right[:-1]) < near:
        student.fail("noise is shown on the way", expected="x_0_pred", got="x_prev", mistake=NOISE_SHOWN)
    if near > _CLOSE:
        student.fail("something else is shown on the way", expected="x_0_pred of a step", read=YIELDING)


def _apart(one: Tensor, other: Tensor) -> float:
    """Return how far two pictures are apart: mean absolute difference; a clamp to [-1, 1] changes nothing."""
    return float((one.clamp(-1, 1) - other.double().cpu().clamp(-1, 1)).abs().mean())


def _reference(pipeline, wish: dict, start: Tensor, scale: float) -> list:
    from diffusers import DDIMScheduler

    asked = read_wish(*wish.values())
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(asked.steps)
    with known_network(pipeline):
        return list(guided_steps(pipeline.unet, scheduler, start, lambda x_0: colour_loss(x_0, asked.colour), scale))


def require_refusal(student: StudentFunction, make_cards: Callable, wish: dict) -> None:
    """Require BadWish for a wish that cannot be drawn, before the first picture."""
    try:
        next(iter(make_cards(*wish.values())))
    except BadWish:
        return
    except Exception as error:
        raise CheckFailed(
            student.exercise, f"seed = {wish['seed']} ends in {type(error).__name__}: {error}",
            expected="BadWish, whose message is for the visitor", mistake=UNCHECKED,
        ) from error  # fmt: skip
    student.fail(f"a card is drawn for seed = {wish['seed']}", expected="BadWish", mistake=UNCHECKED)
