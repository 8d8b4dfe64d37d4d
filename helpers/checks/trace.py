"""The trace of a student's loop: what the U-Net was asked, step by step, and what the function returned."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from helpers.checks.pictures import same_rows
from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.student_function import Answer, StudentFunction
from helpers.denoisers.spy import Script, Spy
from helpers.denoisers.world import Call, answering
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


class Trace(NamedTuple):
    """One call of a student's loop: its steps, and what it returned or the failure that ended it."""

    steps: list[SeenStep]
    answer: Answer | None
    stopped: CheckFailed | None

    @property
    def times(self) -> list[int]:
        """Return the time of each step."""
        return [step.t for step in self.steps]

    @property
    def pictures(self) -> list[torch.Tensor]:
        """Return the picture that the U-Net saw first at each step."""
        return [step.rows[0].x_t for step in self.steps]


def trace_of(
    student: StudentFunction, stage_1, script: Script, timesteps: Sequence[int], arguments: tuple, options: Mapping,
    shape: tuple[int, ...], seed: int, name_of: Callable = lambda embeds: None, by_picture: bool = False,
) -> Trace:  # fmt: skip
    """Call a loop while a script answers in the place of `stage_1.unet`, with its scheduler set to the time steps.

    name_of, by_picture  as in `grouped`
    """
    spy, answer, stopped = Spy(script), None, None
    with answering(stage_1, spy):
        stage_1.scheduler.set_timesteps(timesteps=list(timesteps))
        try:
            answer = student.picture(*arguments, **options, shape=shape, seed=seed)
        except CheckFailed as failure:  # the steps before it may show its cause
            stopped = failure
    return Trace(grouped(spy.calls, name_of, by_picture), answer, stopped)


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
    """Require that the U-Net is asked at the time steps of the loop."""
    if asked == wanted:
        return
    count = len(wanted)
    known = {  # the notebook's strided_timesteps, where the loop was given others
        STOPS_EARLY: asked == wanted[: len(asked)],
        ONE_MORE: asked[:count] == wanted,
        TIME_INDEX: asked == list(range(i_start, i_start + len(asked))),
        TIME_OFF: asked[:count] == timesteps[i_start + 1 :],
        GLOBAL_STEPS: asked == strided()[i_start:-1][: len(asked)],
        STARTS_WRONG: asked[:1] != wanted[:1],
    }
    student.fail(
        f"the U-Net was asked at other time steps, with i_start = {i_start}",
        expected=_listed(wanted),
        got=_listed(asked) if asked else "no call of stage_1.unet",
        mistake=next((mistake for mistake, fits in known.items() if fits), None) if asked else None,
    )


def _listed(times: list[int]) -> str:
    """Return a list of time steps, its middle left out where it is long."""
    shown = [*times[:3], "...", *times[-2:]] if len(times) > 6 else times
    return f"{', '.join(map(str, shown))} ({len(times)} steps)"
