"""Judge samplers that are written with a scheduler of diffusers, step by step, unguided or guided by a loss."""

from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.diagnosis import diagnose, off, same
from helpers.checks.report import Mistake
from helpers.checks.samplers import require_evaluation, require_times
from helpers.checks.student_function import StudentFunction
from helpers.checks.unet2d import SHAPE, SeenStep, SpyUNet2D

EQ_LOOP = "the loop of this chapter; the docstring of `step` in diffusers' schedulers"

_WAY = "for t in scheduler.timesteps"
INDEX = Mistake("time_is_index", f"the network is asked at the number of the step in place of t: {_WAY}")
WRONG_WAY = Mistake("wrong_way", "the loop runs towards noise: the time steps are in order, take them as they are")
STOPS_EARLY = Mistake("stops_early", "the last step is left out")
STARTS_LATE = Mistake("starts_late", "the first step is left out")
ALL_TIMES = Mistake("all_times", f"all training steps are taken, not those that the scheduler was set to: {_WAY}")
SETS_STEPS = Mistake("sets_own_steps", "the loop sets the scheduler's time steps itself: it gets them set")
OWN_NOISE = Mistake("draws_own_noise", "the loop begins with noise of its own: begin with x_T")
NOT_SCALED = Mistake("input_not_scaled", "scheduler.scale_model_input(x_t, t) is missing before the network")
SCALED_STEP = Mistake("scaled_input_stepped", "the step gets the scaled input of the network: it takes x_t itself")
KEEPS_X_0 = Mistake("takes_x_0", "pred_original_sample is taken in place of prev_sample")
NOT_USED = Mistake("x_prev_not_used", "the step's result is not used: the next x_t is its prev_sample")
CLAMPED = Mistake("clamped_each_step", "x_prev is clipped to [-1, 1]: a noisy picture reaches beyond")
STEP_INDEX = Mistake("step_at_index", "scheduler.step gets the number of the step in place of t")
STEP_BEFORE = Mistake("step_at_other_time", "scheduler.step gets another t than the network")
CALLED_TWICE = Mistake("called_twice", "the network is asked twice a step: keep its answer in a variable")
IN_0_1 = Mistake("result_in_0_1", "the result is brought to [0, 1]: pictures stay in [-1, 1] here")
GRAPH_KEPT = Mistake(
    "graph_kept",
    "x_t still holds the graph of the steps before, so memory grows with each: torch.no_grad() around a loop without "
    "gradients, x_t.detach() at the beginning of a guided step",
)


_TOLERANCE = 1e-4  # of pictures that are one and the same, in single precision


class Chain(NamedTuple):
    """What the network saw at one step: x (B, 3, H, W), t, and whether x held the graph of an earlier step."""

    x: Tensor
    t: float
    holds: bool


def chain_of(student: StudentFunction, unet: SpyUNet2D, count: int) -> list[Chain]:
    """Return the calls of the network as steps, whether the pictures came in a batch or one by one."""
    if not unet.calls:
        student.fail("the network is never called", expected="unet(x_t, t).sample at each step")
    rows = [
        Chain(x, t, holds)
        for call, holds in zip(unet.calls, unet.holds_graph, strict=True)
        for x, t in zip(call.x, call.t.reshape(-1).expand(len(call.x)).tolist(), strict=True)
    ]
    if len(rows) % count:
        student.fail("the network gets another number of pictures than x_T", expected=f"{count} at each step")
    one_by_one = len(unet.calls[0].x) == 1 and any(row.t != rows[0].t for row in rows[:count])
    steps = len(rows) // count
    groups = [rows[n::steps] if one_by_one else rows[n * count : (n + 1) * count] for n in range(steps)]
    return [Chain(torch.stack([row.x for row in g]), g[0].t, any(row.holds for row in g)) for g in groups]


def require_beginning(
    student: StudentFunction, chain: list[Chain], unet: SpyUNet2D, scheduler, wanted: list[int], x_T: Tensor
) -> None:
    """Require the times that the scheduler was set to, x_T first, a picture without history, and evaluation mode."""
    asked = [round(step.t) for step in chain]
    known = {
        None: wanted,
        INDEX: list(range(len(wanted))),
        WRONG_WAY: wanted[::-1],
        STOPS_EARLY: wanted[:-1],
        STARTS_LATE: wanted[1:],
        CALLED_TWICE: [t for t in wanted for _ in range(2)],
        ALL_TIMES: list(range(scheduler.config.num_train_timesteps - 1, -1, -1)),
        SETS_STEPS: scheduler.timesteps.tolist(),
    }
    require_times(
        student, asked, known, EQ_LOOP, expected=f"{len(wanted)} steps, t from {wanted[0]} to {wanted[-1]}",
        got=f"{len(asked)} steps, t from {asked[0]} to {asked[-1]}",
    )  # fmt: skip
    first, x_T = chain[0].x, x_T.double()
    if not same(first, scheduler.input_scale(asked[0]) * x_T, _TOLERANCE):
        mistake = NOT_SCALED if same(first, x_T, _TOLERANCE) else OWN_NOISE
        told = {"expected": "x_T, scaled", "read": EQ_LOOP}
        student.fail("the network's first picture is wrong", mistake=mistake, **told)
    if any(step.holds for step in chain):
        student.fail("x_t drags the graph of earlier steps along", mistake=GRAPH_KEPT)
    require_evaluation(student, unet)


def require_pictures(student: StudentFunction, got: Tensor, x_T: Tensor) -> None:
    """Require finite pictures, shaped like x_T."""
    finite = bool(torch.isfinite(got).all())
    if got.shape != x_T.shape or not finite:
        told = f"shape {tuple(got.shape)}" + ("" if finite else ", NaN or infinity in it")
        expected = f"finite numbers, shape {tuple(x_T.shape)}"
        student.fail("the answer is no batch of pictures", expected=expected, got=told)


def linked_steps(student: StudentFunction, chain: list[Chain], scheduler, got: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return for each step the eps and x_t of the calls of `scheduler.step` whose x_prev the network saw next.

    got  the returned pictures; they may be clipped to [-1, 1]
    """
    ahead = [*pictures_before(chain, scheduler)[1:], got]
    found = []
    for place, step in enumerate(chain):
        rows = []
        for picture, x_next in enumerate(ahead[place]):
            fits = [seen for seen in scheduler.seen if _follows(seen.x_prev, x_next, place + 1 == len(chain))]
            if not fits:
                _fail_link(student, chain, place, picture, scheduler, x_next)
            rows.append(fits[-1])
        _require_step_time(student, step, place, {seen.t for seen in rows})
        found.append((torch.stack([seen.eps for seen in rows]), torch.stack([seen.x_t for seen in rows])))
    return found


def _require_step_time(student: StudentFunction, step: Chain, place: int, times: set[int]) -> None:
    if times != {round(step.t)}:
        student.fail(
            f"scheduler.step gets another time than the network at step {place + 1}",
            expected=f"t = {step.t:.0f}",
            got=f"t = {min(times)}",
            mistake=STEP_INDEX if times == {place} else STEP_BEFORE,
            read=EQ_LOOP,
        )


def _follows(x_prev: Tensor, x_next: Tensor, is_last: bool) -> bool:
    return same(x_next, x_prev, _TOLERANCE) or (is_last and same(x_next, x_prev.clamp(-1, 1), _TOLERANCE))


def _fail_link(student: StudentFunction, chain: list[Chain], place: int, picture: int, scheduler, x_next) -> None:
    step, is_last = chain[place], place + 1 == len(chain)
    scale = 1.0 if is_last else scheduler.input_scale(round(chain[place + 1].t))
    seen: list[SeenStep] = scheduler.seen
    unit = [each.x_prev / 2 + 0.5 for each in seen]
    known = {
        NOT_SCALED: [] if is_last else [each.x_prev / scale for each in seen],
        KEEPS_X_0: [each.x_0 for each in seen],
        NOT_USED: [step.x[picture] / scheduler.input_scale(round(step.t))],
        CLAMPED: [] if is_last else [each.x_prev.clamp(-1, 1) for each in seen],
        IN_0_1: [*unit, *(x.clamp(0, 1) for x in unit)],
    }
    fits = {name: [min((off(x_next, x, _TOLERANCE) for x in values), default=9)] for name, values in known.items()}
    student.fail(
        f"the picture after step {place + 1} is not the prev_sample of scheduler.step",
        expected="x_t = scheduler.step(eps, t, x_t).prev_sample",
        mistake=diagnose(fits),
        read=EQ_LOOP,
    )


def pictures_before(chain: list[Chain], scheduler) -> list[Tensor]:
    """Return x_t of each step, (B, 3, H, W): what the network saw without its scaling."""
    return [step.x / scheduler.input_scale(round(step.t)) for step in chain]


def require_unguided(student: StudentFunction, chain: list[Chain], linked, scheduler, unet: SpyUNet2D) -> None:
    """Require that `scheduler.step` gets the network's answer and x_t."""
    for step, (eps, given), x_t in zip(chain, linked, pictures_before(chain, scheduler), strict=True):
        if not same(given, x_t, _TOLERANCE):
            mistake = SCALED_STEP if same(given, step.x, _TOLERANCE) else None
            student.fail("scheduler.step gets another picture than x_t", mistake=mistake, read=EQ_LOOP)
        if not same(eps, unet.noise(step.x, step.t), _TOLERANCE):
            student.fail("scheduler.step gets other noise than the network's answer", read=EQ_LOOP)


def noise_to_begin_with(count: int, seed: int) -> Tensor:
    """Return x_T (count, 3, H, W)."""
    return torch.randn((count, *SHAPE), generator=torch.Generator().manual_seed(seed + 31))
