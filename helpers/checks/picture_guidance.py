"""Judge a guided sampler on a linear network and a quadratic loss: the gradient that is to move x_t is known."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.diagnosis import diagnose, same
from helpers.checks.picture_loops import (
    GRAPH_KEPT,
    Chain,
    chain_of,
    linked_steps,
    noise_to_begin_with,
    pictures_before,
    require_beginning,
    require_pictures,
)
from helpers.checks.report import CheckFailed, Mistake, mistakes
from helpers.checks.student_function import StudentFunction
from helpers.checks.unet2d import SHAPE, SpyUNet2D, spy_scheduler

EQ_GUIDE = "the equation of the guided step in this chapter"
SCALE = 1.7
_WEIGHT = 0.02  # of the quadratic loss: small enough for every step to bring it down


class Moment(NamedTuple):
    """A step of the guided chain, as far as moving x_t needs it: pictures (B, 3, H, W) in float64.

    number  of the step; bars alpha-bar of all times
    """

    unet: SpyUNet2D
    target: Tensor
    bars: Tensor
    number: int
    t: int
    x_t: Tensor
    eps: Tensor
    input_scale: float
    before: Tensor  # the gradient of the step before, 0 at the first

    def bar(self, index: int | None = None) -> Tensor:
        """Return alpha-bar, at t or at another index."""
        return self.bars[self.t if index is None else index]

    def outer(self, bar: Tensor) -> Tensor:
        """Return the gradient in x_0_pred."""
        x_0_pred = (self.x_t - (1 - bar).sqrt() * self.eps) / bar.sqrt()
        return _WEIGHT * (x_0_pred - self.target)

    def gradient(self, bar: Tensor | None = None) -> Tensor:
        """Return the gradient in x_t, through the network."""
        bar = self.bar() if bar is None else bar
        outer = self.outer(bar)
        back = self.input_scale * self.unet.pulled_back(outer)
        return (outer - (1 - bar).sqrt() * back) / bar.sqrt()

    def losses(self) -> Tensor:
        """Return the losses of x_0_pred, (B,)."""
        return (self.outer(self.bar()) / _WEIGHT).square().sum(dim=(1, 2, 3)) * _WEIGHT / 2


def right_move(at: Moment) -> Tensor:
    """Return what is taken away from x_t."""
    return SCALE * at.bar() * at.gradient()


Move = Callable[[Moment], Tensor]
_MOVES: dict[Mistake, Move] = mistakes(EQ_GUIDE, {
    ("wrong_sign", "x_t moves up the loss: take the gradient away"): lambda at: -right_move(at),
    ("scale_missing", "the gradient is not multiplied by scale"): lambda at: right_move(at) / SCALE,
    ("scale_twice", "the gradient is multiplied by scale twice: once in the loss, once in the move"):
        lambda at: SCALE * right_move(at),
    ("alpha_bar_missing", "the factor alpha-bar_t is missing: the first steps are moved much too far"):
        lambda at: SCALE * at.gradient(),
    ("root_of_alpha_bar", "the factor is alpha-bar_t, not its square root"):
        lambda at: SCALE * at.bar().sqrt() * at.gradient(),
    ("one_minus_alpha_bar", "the factor is alpha-bar_t, not 1 - alpha-bar_t"):
        lambda at: SCALE * (1 - at.bar()) * at.gradient(),
    ("root_of_one_minus", "the factor is alpha-bar_t, not the root of 1 - alpha-bar_t"):
        lambda at: SCALE * (1 - at.bar()).sqrt() * at.gradient(),
    ("gradient_of_x_0", "the gradient is taken in x_0_pred: take it in x_t, through the network"):
        lambda at: SCALE * at.bar() * at.outer(at.bar()),
    ("network_detached",
     "the gradient does not pass through the network: its answer was detached, or computed under no_grad"):
        lambda at: SCALE * at.bar() * at.outer(at.bar()) / at.bar().sqrt(),
    ("loop_counter", "alphas_cumprod is indexed by the number of the step: index it by t"):
        lambda at: SCALE * at.bar(at.number) * at.gradient(),
    ("x_0_by_loop_counter", "in x_0_pred, alphas_cumprod is indexed by the number of the step: by t"):
        lambda at: SCALE * at.bar() * at.gradient(at.bar(at.number)),
    ("mean_over_batch", "the pictures' losses are averaged: sum them, or scale depends on their number"):
        lambda at: right_move(at) / len(at.x_t),
    ("loss_of_x_t", "the loss is taken of x_t: of the clean picture x_0_pred that the network sees in it"):
        lambda at: SCALE * at.bar() * _WEIGHT * (at.x_t - at.target),
    ("gradient_of_step_before", "the gradient is that of the step before: compute it at this x_t"):
        lambda at: SCALE * at.bar() * at.before,
    ("gradients_pile_up", "the gradient of the step before is added: clear x_t.grad, or take autograd.grad"):
        lambda at: SCALE * at.bar() * (at.gradient() + at.before),
    ("backward_of_loss", "backward(loss) multiplies the gradient by the loss"):
        lambda at: right_move(at) * at.losses().sum(),
    ("one_loss_for_all", "only the first picture's loss is used: sum them"):
        lambda at: right_move(at) * (torch.arange(len(at.x_t)) == 0).reshape(-1, 1, 1, 1),
    ("sign_of_gradient", "only the gradient's sign is used: its size belongs to the move"):
        lambda at: SCALE * at.bar() * at.gradient().sign(),
    ("root_missing", "x_0_pred is not divided by the root of alpha-bar_t"): lambda at: SCALE * at.bar() * (
        lambda outer: outer - (1 - at.bar()).sqrt() * at.input_scale * at.unet.pulled_back(outer)
    )(_WEIGHT * (at.x_t - (1 - at.bar()).sqrt() * at.eps - at.target)),
}) | mistakes("the equation of x_0_pred and that of the guided step", {
    ("loop_counter", "alphas_cumprod is indexed by the number of the step: index it by t"):
        lambda at: SCALE * at.bar(at.number) * at.gradient(at.bar(at.number)),
})  # fmt: skip
NOT_MOVED = Mistake("not_guided", "scheduler.step gets x_t as it was: move it first")
MOVED_AFTER = Mistake("moved_after_step", "x_prev is moved, after the step: move x_t, before it")
MOVES_NOISE = Mistake("noise_moved", "the predicted noise is changed: move x_t")
NO_GRAD = Mistake("under_no_grad", "the gradient is switched off: no torch.no_grad() where it is needed", EQ_GUIDE)


def require_guided(student: StudentFunction, kind: str, steps: int, count: int, seed: int) -> None:
    """Require of `guided_sample(unet, scheduler, x_T, loss, scale)` at every step the gradient that is known."""
    unet, scheduler, x_T = SpyUNet2D(seed), spy_scheduler(kind, steps), noise_to_begin_with(count, seed)
    target = 0.5 * torch.randn((1, *SHAPE), generator=torch.Generator().manual_seed(seed + 7))

    def loss(x_0: Tensor) -> Tensor:
        return _WEIGHT / 2 * (x_0 - target).square().sum(dim=(1, 2, 3))

    wanted = scheduler.timesteps.tolist()
    unet.train()
    got = _drawn(student, unet, scheduler, x_T, loss, seed)
    chain = chain_of(student, unet, count)
    require_beginning(student, chain, unet, scheduler, wanted, x_T)
    chain, got = _while_small(chain, scheduler, got)
    require_pictures(student, got, x_T)
    moments = _moments(unet, scheduler, chain, target.double())
    _require_moved_before(student, moments, scheduler)
    _require_moves(student, moments, linked_steps(student, chain, scheduler, got))


def _drawn(student: StudentFunction, unet: SpyUNet2D, scheduler, x_T: Tensor, loss, seed: int) -> Tensor:
    try:
        return student.unchecked(unet, scheduler, x_T, loss, SCALE, seed=seed).value
    except CheckFailed as failure:
        told = {"does not require grad": NO_GRAD, "backward through the graph a second time": GRAPH_KEPT}
        mistake = next((mistake for words, mistake in told.items() if words in failure.symptom), None)
        if mistake is None:
            raise
        student.fail(failure.symptom, got=failure.got, mistake=mistake)


def _while_small(chain: list[Chain], scheduler, got: Tensor) -> tuple[list[Chain], Tensor]:
    """Return the steps before the pictures leave all bounds, and what they lead to."""
    pictures = [*pictures_before(chain, scheduler), got]
    size = next((place for place, x in enumerate(pictures) if not bool((x.abs() < 1e4).all())), len(pictures))
    last = min(max(size - 1, 1), len(chain))
    return chain[:last], pictures[last]


def _moments(unet: SpyUNet2D, scheduler, chain: list[Chain], target: Tensor) -> list[Moment]:
    bars, found = scheduler.alphas_cumprod.double(), []
    before = torch.zeros_like(chain[0].x)
    for number, (step, x_t) in enumerate(zip(chain, pictures_before(chain, scheduler), strict=True)):
        t = round(step.t)
        eps = unet.noise(step.x, t)
        found.append(Moment(unet, target, bars, number, t, x_t, eps, scheduler.input_scale(t), before))
        before = found[-1].gradient()
    return found


def _require_moves(student: StudentFunction, moments: list[Moment], linked: list[tuple[Tensor, Tensor]]) -> None:
    for at, (eps, _) in zip(moments, linked, strict=True):
        if not same(eps, at.eps, 1e-4):
            symptom = f"the step at t = {at.t} gets other noise than the network's"
            student.fail(symptom, mistake=MOVES_NOISE, read=EQ_GUIDE)
    moves = [at.x_t - given for at, (_, given) in zip(moments, linked, strict=True)]

    def fits(rule: Move) -> list[float]:
        return [_misfit(move, rule(at), at) for move, at in zip(moves, moments, strict=True)]

    wrong = next((place for place, fit in enumerate(fits(right_move)) if fit > 1), None)
    if wrong is None:
        return
    known = {NOT_MOVED: lambda at: torch.zeros_like(at.x_t), **_MOVES}
    at, move = moments[wrong], moves[wrong]
    cosine = torch.nn.functional.cosine_similarity(move.flatten(), right_move(at).flatten(), dim=0).item()
    student.fail(
        f"x_t moves in another way at t = {at.t}, the first step that differs",
        expected=f"by {right_move(at).square().mean().sqrt():.5f} on average, along the gradient",
        got=f"by {move.square().mean().sqrt():.5f}, with a cosine of {cosine:+.2f} to it",
        mistake=diagnose({mistake: fits(rule) for mistake, rule in known.items()}),
        read=EQ_GUIDE,
    )


def _require_moved_before(student: StudentFunction, moments: list[Moment], scheduler) -> None:
    """Name a move of x_prev: the step gets x_t as it was, and the network sees something else than x_prev."""
    hits = 0
    for here, ahead in zip(moments[:-1], moments[1:], strict=True):
        rows = [seen for seen in scheduler.seen if seen.t == here.t]
        for x_t, x_next, move in zip(here.x_t, ahead.x_t, right_move(here), strict=True):
            hits += any(
                same(seen.x_t, x_t, 1e-4) and same(seen.x_prev, x_next + move, 1e-4)
                and not same(seen.x_prev, x_next, 1e-4)
                for seen in rows
            )  # fmt: skip
    if hits > (len(moments) - 1) * len(moments[0].x_t) / 2:
        student.fail("the network sees a picture that moved after the step", mistake=MOVED_AFTER, read=EQ_GUIDE)


def _misfit(move: Tensor, wanted: Tensor, at: Moment) -> float:
    """Return how far a move is from another, 1 = as far as single precision may take it."""
    rounding = 3e-6 * max(1.0, at.x_t.abs().max().item())
    return ((move - wanted).abs().max() / (3e-3 * wanted.abs().max() + rounding)).item()
