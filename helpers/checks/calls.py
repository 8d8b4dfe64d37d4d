"""The calls of a loop as a spy saw them: put together into steps, and held to the times that were asked for."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from helpers.checks.pictures import same_rows
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction
from helpers.denoisers.world import Call
from helpers.schedules import strided

STOPS_EARLY = Mistake("stops_early", "the loop ends before the last step: it must go on to the last entry of timesteps")
STARTS_WRONG = Mistake("starts_wrong", "the loop does not begin at timesteps[i_start]")
TIME_OFF = Mistake("time_off", "the U-Net is asked at t' in place of t: x_t lies at noise level t")
TIME_INDEX = Mistake("time_is_index", "the U-Net is given the index i in place of timesteps[i]")
GLOBAL_STEPS = Mistake(
    "global_timesteps", "strided_timesteps of the notebook is used in place of the argument timesteps"
)
ONE_MORE = Mistake("one_step_too_many", "the loop goes on past the last transition")

# What a right answer rounds numbers near 1 to, times about ten, by the precision that it computes in.
_BFLOAT16, _FLOAT16, _FLOAT32 = 2.4e-2, 3e-3, 5e-5


class SeenRow(NamedTuple):
    """One picture with one prompt, from whatever batch: x_t (1, 3, H, W), prompt None where nothing known was given."""

    x_t: torch.Tensor
    prompt: str | None
    embeds: torch.Tensor


class SeenStep(NamedTuple):
    """All that the U-Net was asked at one step."""

    t: int
    rows: list[SeenRow]


def grouped(calls: Sequence[Call], name_of: Callable, by_picture: bool = False) -> list[SeenStep]:
    """Return the calls as steps: rows in a row at one time belong together.

    name_of     from embeddings (1, L, D) to the name of a prompt
    by_picture  True: another picture begins a step too, for loops that come to the same time twice
    """
    steps: list[SeenStep] = []
    for call in calls:
        for x_t, t, embeds in zip(call.x_t.split(1), call.t.tolist(), call.prompt_embeds.split(1), strict=True):
            row = SeenRow(x_t, name_of(embeds), embeds)
            again = steps and steps[-1].t == t
            if again and not (by_picture and not same_rows(x_t, steps[-1].rows[0].x_t)):
                steps[-1].rows.append(row)
            else:
                steps.append(SeenStep(t, [row]))
    return steps


def rounding_of(pictures: Sequence[torch.Tensor]) -> float:
    """Return the error to be allowed on numbers near 1, from the precision in which pictures came to the U-Net."""
    # by numpy: while a GPU is mimicked, torch answers a request for float16 in float32
    values = np.concatenate([x.numpy().astype(np.float32).reshape(-1) for x in pictures])
    if not (values.view(np.uint32) & 0xFFFF).any():  # bfloat16 is the upper half of a float32
        return _BFLOAT16
    with np.errstate(over="ignore"):
        return _FLOAT16 if (values == values.astype(np.float16)).all() else _FLOAT32


def require_times(
    student: StudentFunction, asked: list[int], wanted: list[int], timesteps: list[int], i_start: int
) -> None:
    """Hold the time steps at which the U-Net was asked to those of the loop."""
    if asked == wanted:
        return
    mistake = None
    if asked and asked == wanted[: len(asked)]:
        mistake = STOPS_EARLY
    elif asked[: len(wanted)] == wanted:
        mistake = ONE_MORE
    elif asked and asked == list(range(i_start, i_start + len(asked))):
        mistake = TIME_INDEX
    elif asked[: len(wanted)] == timesteps[i_start + 1 :]:
        mistake = TIME_OFF
    elif asked and asked == strided()[i_start:-1][: len(asked)]:  # the notebook's: the loop was given others
        mistake = GLOBAL_STEPS
    elif asked and asked[0] != wanted[0]:
        mistake = STARTS_WRONG
    student.fail(
        f"the U-Net was asked at other time steps, with i_start = {i_start}",
        expected=_listed(wanted),
        got=_listed(asked) if asked else "no call of stage_1.unet",
        mistake=mistake,
    )


def _listed(times: list[int]) -> str:
    """Return a list of time steps, its middle left out where it is long."""
    shown = [*times[:3], "...", *times[-2:]] if len(times) > 6 else times
    return f"{', '.join(map(str, shown))} ({len(times)} steps)"
