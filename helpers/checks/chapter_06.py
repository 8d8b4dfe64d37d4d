"""Checks of chapter 06, inpainting: the loop, RePaint's schedule of times, and the loop on that schedule."""

from collections.abc import Callable

import torch

from helpers.checks.inpainting import InpaintingLoop
from helpers.checks.inpainting_mistakes import Inpainting
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.schedules import strided

_CLOSED = ("inpaint", "renoise", "resampling_schedule")
_EQ_SCHEDULE = "the rule of the schedule in this chapter; Lugmayr et al. 2022, appendix B"


@check("inpaint")
def check_inpaint(inpaint, stage_1, seed: int = 0) -> None:
    """Check `inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True)`.

    Each transition is judged by itself: the new region against the guided reverse step, the kept region against the
    original at the noise level of the step's result. Any way of writing the loop passes.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("inpaint", inpaint, closed=_CLOSED)
    for stride, options in ((30, {}), (40 + seed % 9, {"scale": 3.5})):
        timesteps = strided(stride=stride)
        problem = Inpainting(timesteps, range(len(timesteps)), seed)
        InpaintingLoop(student, stage_1, problem, options=options).require()
    passed("inpaint", "the new region follows the reverse step, the kept one comes back to the original")


@check("inpaint_with_resampling")
def check_inpaint_with_resampling(inpaint_with_resampling, stage_1, seed: int = 0) -> None:
    """Check `inpaint_with_resampling(..., timesteps, jump_length, n_resample, scale=7, display=True)`.

    As check_inpaint, on RePaint's schedule: on the way up the noise of the kept steps is added, one by one or at once.

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("inpaint_with_resampling", inpaint_with_resampling, closed=_CLOSED)
    for stride, numbers, options in (
        (90, (2, 3), {}),
        (90 + seed % 7, (1, 3), {"scale": 3.5}),
        (60, (4 + seed % 3, 2), {}),
        (90, (2, 1), {}),
    ):
        timesteps = strided(stride=stride)
        last = len(timesteps) - 2
        levels = [last - t for t in _schedule(last + 1, *numbers)]
        wrong = {
            mistake: [last - t for t in rule(last + 1, *numbers)]
            for mistake, rule in SCHEDULE_MISTAKES.items()
            if max(times := rule(last + 1, *numbers)) <= last and min(times) >= -1
        }
        problem = Inpainting(timesteps, levels, seed)
        InpaintingLoop(student, stage_1, problem, numbers, options, wrong).require()
    passed("inpaint_with_resampling", "every step down and every step up is right, on four schedules")


@check("resampling_schedule")
def check_resampling_schedule(resampling_schedule, seed: int = 0) -> None:
    """Check `resampling_schedule(T, jump_length, n_resample)` -> list from T - 1 to -1. Raises CheckFailed."""
    student = StudentFunction("resampling_schedule", resampling_schedule, closed=_CLOSED)
    moved = torch.randint(0, 9, (4,), generator=torch.Generator().manual_seed(seed)).tolist()
    for numbers in (
        (33, 5, 4),
        (33, 3, 3),
        (30 + moved[0], 2 + moved[1] % 4, 2 + moved[2] % 3),
        (24, 6, 2),
        (40 + moved[3], 1, 4),
        (33, 1, 1),
        (250, 10, 10),
        (5, 8, 3),
    ):
        got = [round(value) for value in student.call(*numbers).value.reshape(-1).tolist()]
        right = _schedule(*numbers)
        if got == right:
            continue
        mistake = next((m for m, rule in SCHEDULE_MISTAKES.items() if rule(*numbers) == got), None)
        first = next((n for n, (a, b) in enumerate(zip(got, right, strict=False)) if a != b), min(len(got), len(right)))
        student.fail(
            f"the times for T = {numbers[0]}, jump_length = {numbers[1]}, n_resample = {numbers[2]} are not RePaint's; "
            f"the first that differs is entry {first}",
            expected=f"{len(right) - 1} transitions, {_around(right, first)}",
            got=f"{len(got) - 1} transitions, {_around(got, first)}",
            mistake=mistake,
            read=_EQ_SCHEDULE,
        )
    passed("resampling_schedule", "eight schedules agree, 4,570 transitions for (250, 10, 10) among them")


def _around(times: list[int], place: int) -> str:
    """Return the entries of a schedule about a place."""
    return ", ".join(["...", *map(str, times[max(place - 2, 0) : place + 3]), "..."])


def _walk(T: int, jump_length: int, n_resample: int, places, step_up=None) -> list[int]:
    """Return the times of a walk from T - 1 down that jumps back n_resample - 1 times at each of the places.

    step_up  (t, jump_length) -> the times on the way back up; default t + 1 .. t + jump_length
    """
    step_up = step_up or (lambda t, length: list(range(t + 1, t + length + 1)))
    jumps, times, t = dict.fromkeys(places, n_resample - 1), [T - 1], T - 1
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += step_up(t, jump_length)
            t = times[-1]
    return times


def _places(T: int, jump_length: int) -> range:
    return range(0, T - jump_length, jump_length)


def _schedule(T: int, jump_length: int, n_resample: int) -> list[int]:
    """Return RePaint's times, Lugmayr et al. 2022, appendix B."""
    return _walk(T, jump_length, n_resample, _places(T, jump_length))


SCHEDULE_MISTAKES: dict[Mistake, Callable[[int, int, int], list[int]]] = mistakes(_EQ_SCHEDULE, {
    ("never_back", "the loop never goes back up: it walks down once"): lambda T, j, n: list(range(T - 1, -2, -1)),
    ("one_resample_too_many", "a stretch is walked n_resample times: one jump fewer"):
        lambda T, j, n: _walk(T, j, n + 1, _places(T, j)),
    ("one_resample_too_few", "a stretch is walked n_resample times: n_resample - 1 jumps"):
        lambda T, j, n: _walk(T, j, n - 1, _places(T, j)),
    ("jumps_once", "each place jumps back once, whatever n_resample is"):
        lambda T, j, n: _walk(T, j, 2, _places(T, j)),
    ("jumps_at_the_top", "a jump leads past T - 1, the noisiest level"):
        lambda T, j, n: _walk(T, j, n, range(0, T, j)),
    ("jumps_at_the_top", "the jump at T - jump_length leads to T, past the noisiest level"):
        lambda T, j, n: _walk(T, j, n, range(0, T - j + 1, j)),
    ("first_jump_missing", "no jump at 0: the multiples of jump_length begin there"):
        lambda T, j, n: _walk(T, j, n, range(j, T - j, j)),
    ("jump_off_by_one", "the jumps come one level too early"): lambda T, j, n: _walk(T, j, n, range(1, T - j, j)),
    ("jump_off_by_one", "the jumps come one level too late"):
        lambda T, j, n: _walk(T, j, n, [place - 1 for place in _places(T, j)]),
    ("jumps_everywhere", "every level has a jump: only multiples of jump_length have one"):
        lambda T, j, n: _walk(T, j, n, range(T - j)),
    ("counted_from_the_top", "the jumps are counted from the top: count from 0"):
        lambda T, j, n: _walk(T, j, n, [T - 1 - place for place in range(j, T, j)]),
    ("jump_too_short", "a jump goes up jump_length - 1 levels: it goes up jump_length"):
        lambda T, j, n: _walk(T, j, n, _places(T, j), step_up=lambda t, k: list(range(t + 1, t + k)) or [t]),
    ("jump_too_long", "a jump goes up jump_length + 1 levels: it goes up jump_length"):
        lambda T, j, n: _walk(T, j, n, _places(T, j), step_up=lambda t, k: list(range(t + 1, t + k + 2))),
    ("jump_without_its_levels", "a jump is one entry: list each level on the way up"):
        lambda T, j, n: _walk(T, j, n, _places(T, j), step_up=lambda t, k: [t + k]),
    ("ends_at_0", "the list ends at 0: the last entry is -1, the clean picture"):
        lambda T, j, n: _schedule(T, j, n)[:-1],
    ("starts_at_T", "the list begins at T: the noisiest of T levels is T - 1"):
        lambda T, j, n: [T, *_schedule(T, j, n)],
    ("ascending", "the list runs from -1 up: it begins at T - 1"): lambda T, j, n: _schedule(T, j, n)[::-1],
    ("numbers_swapped", "jump_length and n_resample have changed places"): lambda T, j, n: _schedule(T, n, j),
})  # fmt: skip
