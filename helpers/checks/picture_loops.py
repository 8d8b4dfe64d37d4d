"""Judging samplers that are written with a scheduler of diffusers, step by step, unguided or guided by a loss."""

from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.ddpm_sampling import TRAINING_MODE
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction
from helpers.checks.unet2d import SHAPE, SeenStep, SpyUNet2D

EQ_LOOP = "the loop of this chapter; the docstring of `step` in diffusers' schedulers"

_WAY = "for t in scheduler.timesteps"
INDEX = Mistake("time_is_index", f"the network is asked at the number of the step in place of t: {_WAY}", EQ_LOOP)
WRONG_WAY = Mistake(
    "wrong_way", "the loop runs towards noise: the time steps are in order, take them as they are", EQ_LOOP
)
STOPS_EARLY = Mistake("stops_early", "the last step is left out", EQ_LOOP)
STARTS_LATE = Mistake("starts_late", "the first step is left out", EQ_LOOP)
ALL_TIMES = Mistake(
    "all_times", f"all training steps are taken, not those that the scheduler was set to: {_WAY}", EQ_LOOP
)
SETS_STEPS = Mistake("sets_own_steps", "the loop sets the scheduler's time steps itself: it gets them set", EQ_LOOP)
OWN_NOISE = Mistake("draws_own_noise", "the loop begins with noise of its own: begin with x_T", EQ_LOOP)
NOT_SCALED = Mistake("input_not_scaled", "scheduler.scale_model_input(x_t, t) is missing before the network", EQ_LOOP)
SCALED_STEP = Mistake(
    "scaled_input_stepped", "the step gets the scaled input of the network: it takes x_t itself", EQ_LOOP
)
KEEPS_X_0 = Mistake("takes_x_0", "pred_original_sample is taken in place of prev_sample", EQ_LOOP)
NOT_USED = Mistake("x_prev_not_used", "the step's result is not used: the next x_t is its prev_sample", EQ_LOOP)
CLAMPED = Mistake("clamped_each_step", "x_prev is clipped to [-1, 1]: a noisy picture reaches beyond", EQ_LOOP)
STEP_INDEX = Mistake("step_at_index", "scheduler.step gets the number of the step in place of t", EQ_LOOP)
STEP_BEFORE = Mistake("step_at_other_time", "scheduler.step gets another t than the network", EQ_LOOP)
CALLED_TWICE = Mistake("called_twice", "the network is asked twice a step: keep its answer in a variable")
IN_0_1 = Mistake("result_in_0_1", "the result is brought to [0, 1]: pictures stay in [-1, 1] here")
GRAPH_KEPT = Mistake(
    "graph_kept",
    "x_t still holds the graph of the steps before, so memory grows with each: torch.no_grad() around a loop without "
    "gradients, x_t.detach() at the beginning of a guided step",
)


class Chain(NamedTuple):
    """What the network saw of all pictures at one step.

    x         what it was given, (B, 3, H, W)
    t         when
    training  whether it was in training mode
    holds     whether x held the graph of an earlier step
    """

    x: Tensor
    t: float
    training: bool
    holds: bool


def chain_of(student: StudentFunction, unet: SpyUNet2D, count: int) -> list[Chain]:
    """Return the calls of the network as steps, whether the pictures came in a batch or one by one."""
    calls = unet.calls
    if not calls:
        student.fail("the network is never called", expected="unet(x_t, t).sample at each step")
    if len(calls) % count:
        student.fail("the network gets another number of pictures than x_T", expected=f"{count} at each step")
    one_by_one = unet.batches[0] == 1 and [call.t for call in calls[:count]] != [calls[0].t] * count
    steps = len(calls) // count
    rows = [calls[place::steps] if one_by_one else calls[place * count : (place + 1) * count] for place in range(steps)]
    return [
        Chain(
            torch.stack([call.x for call in row]), row[0].t, any(call.training for call in row),
            any(call.holds_graph for call in row),
        )
        for row in rows
    ]  # fmt: skip


def require_times(student: StudentFunction, chain: list[Chain], scheduler, wanted: list[int]) -> None:
    """Hold the times at which the network is asked to those that the scheduler was set to."""
    asked = [round(step.t) for step in chain]
    if asked == wanted:
        return
    known = {
        INDEX: list(range(len(wanted))),
        WRONG_WAY: wanted[::-1],
        STOPS_EARLY: wanted[:-1],
        STARTS_LATE: wanted[1:],
        CALLED_TWICE: [t for t in wanted for _ in range(2)],
        ALL_TIMES: list(range(scheduler.config.num_train_timesteps - 1, -1, -1)),
        SETS_STEPS: scheduler.timesteps.tolist(),
    }
    student.fail(
        "the network is asked at other times",
        expected=f"{len(wanted)} steps, t from {wanted[0]} to {wanted[-1]}",
        got=f"{len(asked)} steps, t from {asked[0]} to {asked[-1]}",
        mistake=next((mistake for mistake, times in known.items() if asked == times), None),
        read=EQ_LOOP,
    )


def require_modes(student: StudentFunction, chain: list[Chain]) -> None:
    """Hold the network to evaluation mode, and its input to a picture without history."""
    if any(step.holds for step in chain):
        student.fail("x_t drags the graph of earlier steps along", mistake=GRAPH_KEPT)
    if any(step.training for step in chain):
        student.fail("the network draws in training mode", expected="unet.eval()", mistake=TRAINING_MODE)


def require_start(student: StudentFunction, chain: list[Chain], scheduler, x_T: Tensor) -> None:
    """Hold the first input of the network to x_T, scaled for it."""
    first, scale = chain[0].x, scheduler.input_scale(round(chain[0].t))
    if near(first, scale * x_T.double()):
        return
    mistake = NOT_SCALED if near(first, x_T.double()) else OWN_NOISE
    student.fail("the network's first picture is wrong", expected="x_T, scaled", mistake=mistake, read=EQ_LOOP)


def require_pictures(student: StudentFunction, got: Tensor, x_T: Tensor) -> None:
    """Hold the answer to finite pictures, shaped like x_T."""
    if got.shape != x_T.shape or not bool(torch.isfinite(got).all()):
        told = f"shape {tuple(got.shape)}" + (", NaN or infinity in it" if not bool(torch.isfinite(got).all()) else "")
        student.fail(
            "the answer is no batch of pictures", expected=f"finite numbers, shape {tuple(x_T.shape)}", got=told
        )


def near(a: Tensor, b: Tensor) -> bool:
    """Whether two pictures are one, up to single precision."""
    return bool((a - b).abs().max() <= 1e-4 * max(1.0, b.abs().max().item()))


def linked_steps(student: StudentFunction, chain: list[Chain], scheduler, got: Tensor) -> list[list[SeenStep]]:
    """Return for each step and picture the call of `scheduler.step` whose x_prev the network saw next.

    got  the returned pictures; they may be clipped to [-1, 1]
    """
    found = []
    for place, step in enumerate(chain):
        is_last = place + 1 == len(chain)
        ahead = got if is_last else chain[place + 1].x / scheduler.input_scale(round(chain[place + 1].t))
        rows = []
        for picture, x_next in enumerate(ahead):
            fits = [seen for seen in scheduler.seen if _follows(seen.x_prev, x_next, is_last)]
            if not fits:
                _fail_link(student, chain, place, picture, scheduler, ahead[picture])
            rows.append(fits[-1])
        times = {seen.t for seen in rows}
        if times != {round(step.t)}:
            mistake = STEP_INDEX if times == {place} else STEP_BEFORE
            student.fail(
                f"scheduler.step gets another time than the network at step {place + 1}",
                expected=f"t = {step.t:.0f}", got=f"t = {min(times)}", mistake=mistake, read=EQ_LOOP,
            )  # fmt: skip
        found.append(rows)
    return found


def _follows(x_prev: Tensor, x_next: Tensor, is_last: bool) -> bool:
    return near(x_next, x_prev) or (is_last and near(x_next, x_prev.clamp(-1, 1)))


def _fail_link(
    student: StudentFunction, chain: list[Chain], place: int, picture: int, scheduler, x_next: Tensor
) -> None:
    step = chain[place]
    x_t = step.x[picture] / scheduler.input_scale(round(step.t))
    scale = 1.0 if place + 1 == len(chain) else scheduler.input_scale(round(chain[place + 1].t))
    seen = scheduler.seen
    known = {
        NOT_SCALED: [scale != 1.0 and near(x_next * scale, each.x_prev) for each in seen],
        KEEPS_X_0: [near(x_next, each.x_0) for each in seen],
        NOT_USED: [near(x_next, x_t)],
        CLAMPED: [scale != 1.0 and near(x_next, each.x_prev.clamp(-1, 1)) for each in seen],
        IN_0_1: [near(x_next, change(each.x_prev)) for each in seen for change in (_to_unit, _to_unit_clipped)],
    }
    student.fail(
        f"the picture after step {place + 1} is not the prev_sample of scheduler.step",
        expected="x_t = scheduler.step(eps, t, x_t).prev_sample",
        mistake=next((mistake for mistake, hits in known.items() if any(hits)), None),
        read=EQ_LOOP,
    )


def _to_unit(x: Tensor) -> Tensor:
    return x / 2 + 0.5


def _to_unit_clipped(x: Tensor) -> Tensor:
    return _to_unit(x).clamp(0, 1)


def pictures_before(chain: list[Chain], scheduler) -> list[Tensor]:
    """Return x_t of each step, (B, 3, H, W): what the network saw without its scaling."""
    return [step.x / scheduler.input_scale(round(step.t)) for step in chain]


def require_unguided(
    student: StudentFunction, chain: list[Chain], linked: list[list[SeenStep]], scheduler, unet: SpyUNet2D
) -> None:
    """Hold what `scheduler.step` gets to the network's answer and to x_t."""
    for step, rows, x_t in zip(chain, linked, pictures_before(chain, scheduler), strict=True):
        eps, given = (torch.stack([getattr(seen, name) for seen in rows]) for name in ("eps", "x_t"))
        if not near(given, x_t):
            mistake = SCALED_STEP if near(given, step.x) else None
            student.fail("scheduler.step gets another picture than x_t", mistake=mistake, read=EQ_LOOP)
        if not near(eps, unet.noise(step.x, step.t)):
            student.fail("scheduler.step gets other noise than the network's answer", read=EQ_LOOP)


def noise_to_begin_with(count: int, seed: int) -> Tensor:
    """Return x_T (count, 3, H, W)."""
    return torch.randn((count, *SHAPE), generator=torch.Generator().manual_seed(seed + 31))
