"""Judge the loss of a diffusion model, on a toy network that is known.

From what the network is called with, the time and the noise in a picture follow in closed form.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.ddpm_rules import Schedule, schedule_of
from helpers.checks.diagnosis import diagnose, nearest, same
from helpers.checks.noising import JumpRule, jump, jump_mistakes, right_jump
from helpers.checks.report import Mistake, mistakes
from helpers.checks.spies import Spy, ToyDenoiser
from helpers.checks.student_function import StudentFunction
from helpers.checks.training import ABSOLUTE, SUMMED

EQ_LOSS = "the equation of the loss in this chapter; Ho et al. 2020, algorithm 1"

NORMALISED = Mistake("t_normalised", "t is divided by T: this network takes the number of the step", EQ_LOSS)
NOT_NORMALISED = Mistake("t_not_normalised", "the network gets t itself: divide it by num_ts", EQ_LOSS)
COUNTS_FROM_1 = Mistake("t_counts_from_1", "the network gets (t + 1) / T: here t counts from 0", EQ_LOSS)
ONE_TIME = Mistake("one_time_for_all", "all pictures of a batch get the same time: draw one for each")
MISSES_FIRST = Mistake("misses_first", "t = 0 is never drawn: the times are 0 to T - 1")
MISSES_LAST = Mistake("misses_last", "t = T - 1 is never drawn: randint leaves its upper end out")


class Loss(NamedTuple):
    """One call of a student's loss: its value, the gradient of the weight, and what the network was called with."""

    value: float
    gradient: float
    x_0: Tensor
    x_t: Tensor
    index: Tensor  # of the time of each picture
    classes: Tensor | None = None  # as the network got them


def digit_schedule(num_ts: int) -> Schedule:
    """Return a schedule of few steps: it shows what a long one hides."""
    return schedule_of(torch.linspace(0.002, 0.12, num_ts, dtype=torch.float64))


def loss_of(
    student: StudentFunction, unet: Spy, x_0: Tensor, arguments: tuple, seed: int, index_of: Callable[[Tensor], Tensor]
) -> Loss:
    """Call a student's loss once, and return what came of it.

    unet      the network among the arguments, which it is to call once
    index_of  the times that the network was called with -> their indices (B,)
    """
    loss = student.loss(*arguments, seed=seed)
    if len(unet.calls) != 1:
        student.fail("the network is not called once", expected="1 call", got=f"{len(unet.calls)} calls")
    loss.backward()
    asked = unet.calls[0]
    return Loss(loss.item(), unet.weight.grad.item(), x_0.double(), asked.x, index_of(asked.t), asked.classes)


def losses(
    student: StudentFunction, num_ts: int, count: int, seed: int, more: Callable[[int], tuple] = lambda number: (),
    toy: type[ToyDenoiser] = ToyDenoiser,
) -> list[Loss]:  # fmt: skip
    """Call `ddpm_forward(unet, ddpm_schedule, x_0, ..., num_ts)` on batches of 16 pictures.

    more  number of the call -> the arguments behind x_0
    """
    schedule, source, found = digit_schedule(num_ts), torch.Generator().manual_seed(seed + 4711), []
    for number in range(count):
        unet = toy()
        x_0 = torch.randn((16, 1, 28, 28), generator=source, dtype=torch.float64)
        arguments = unet, schedule, x_0, *more(number), num_ts
        found.append(loss_of(student, unet, x_0, arguments, 1000 * seed + number, lambda t: _index(student, t, num_ts)))
    return found


def _index(student: StudentFunction, t: Tensor, num_ts: int) -> Tensor:
    t = t.reshape(-1).expand(16) if t.numel() == 1 else t.reshape(-1)
    if len(t) != 16:
        student.fail("the network gets another number of times than pictures", expected="16", got=str(len(t)))
    if t.max() > 1 + 1e-6:
        student.fail(
            "the network gets times above 1",
            expected="t / num_ts",
            got=f"up to {t.max():.0f}",
            mistake=NOT_NORMALISED,
            read=EQ_LOSS,
        )
    return (t * num_ts).round().long()


def require_whole(student: StudentFunction, t: Tensor) -> Tensor:
    """Require time steps that are whole numbers, and return them as such."""
    if bool((t != t.round()).any()):
        student.fail("the network gets times that are no whole numbers", got=f"{t[0]:.4f}", mistake=NORMALISED)
    return t.long()


def parts_of(x_t: Tensor, x_0: Tensor) -> tuple[Tensor, Tensor]:
    """Return how much of each picture is in x_t, and the standard deviation of the rest: (B,) each."""
    x_t, x_0 = x_t.flatten(1), x_0.flatten(1)
    signal = (x_t * x_0).sum(1) / x_0.square().sum(1)
    return signal, (x_t - signal[:, None] * x_0).std(1)


def parts_misfit(parts: tuple[Tensor, Tensor], wanted: tuple, pixels: int, most: float) -> float:
    """Return how badly the parts of pictures fit others, by the mean square error in units of what chance allows."""
    errors = [((a - b).square().mean() * pixels).item() for a, b in zip(parts, wanted, strict=True)]
    return max(errors, default=0.0) / most


def require_noising(student: StudentFunction, found: list[Loss], schedule: Schedule) -> None:
    """Require x_t as in Ho et al. 2020, eq. 4, by how much of x_0 and how much noise is in it."""
    betas, _, abar = schedule.values()
    num_ts = len(betas)
    index, x_0, x_t = (torch.cat([getattr(one, name) for one in found]) for name in ("index", "x_0", "x_t"))
    signal, noise = parts_of(x_t, x_0)

    def fit(rule: JumpRule, at: Tensor) -> list[float]:
        known = (at >= 0) & (at < num_ts)
        if not known.any():
            return [float("inf")]
        t = at[known]
        wanted = rule(abar[t], betas[t], (abar[(t - 1).clamp(min=0)], abar[(t + 1).clamp(max=num_ts - 1)]))
        return [parts_misfit((signal[known], noise[known]), wanted, x_0[0].numel(), most=1.6)]

    if fit(right_jump, index)[0] <= 1:
        return
    wrong = {mistake: fit(rule, index) for mistake, rule in jump_mistakes("x_0", EQ_LOSS).items()}
    kept, added = jump(abar[index[0].clamp(max=num_ts - 1)])
    student.fail(
        f"x_t is wrong at t = {index[0]}",
        expected=f"{kept:.3f} x_0 + {added:.3f} eps",
        got=f"{signal[0]:.3f} x_0 + {noise[0]:.3f} eps",
        mistake=diagnose(wrong | {COUNTS_FROM_1: fit(right_jump, index - 1)}),
        read=EQ_LOSS,
    )


def require_times_drawn(student: StudentFunction, found: list[Loss], num_ts: int) -> None:
    """Require times from the uniform distribution on 0 .. T - 1, one for each picture."""
    rows = torch.stack([one.index for one in found])
    if bool((rows == rows[:, :1]).all()):
        student.fail("all pictures of a batch have the same time", mistake=ONE_TIME, read=EQ_LOSS)
    counts = torch.bincount(rows.flatten(), minlength=num_ts)
    if len(counts) > num_ts:
        student.fail(
            "a time beyond T - 1 is drawn",
            expected=f"0 to {num_ts - 1}",
            got=f"{rows.min()} to {rows.max()}",
            mistake=COUNTS_FROM_1 if rows.min() == 1 else None,
            read=EQ_LOSS,
        )
    mistake = MISSES_FIRST if counts[0] == 0 else MISSES_LAST if counts[-1] == 0 else None
    wanted = rows.numel() / num_ts
    chi_square = ((counts - wanted) ** 2 / wanted).sum().item()
    if mistake or chi_square > num_ts + 8 * (2 * num_ts) ** 0.5:
        student.fail(
            "not all times are drawn equally often",
            expected=f"each of 0 to {num_ts - 1} about {wanted:.0f} times in {rows.numel()}",
            got=f"t = 0 {counts[0]} times, t = {num_ts - 1} {counts[-1]} times",
            mistake=mistake,
            read=EQ_LOSS,
        )


_TARGETS: dict[tuple[str, str], Callable[[Tensor, Tensor], Tensor]] = {
    ("target_is_x_0", "the answer is compared with the picture: this network predicts the noise"): lambda x_0, x_t: x_0,
    ("target_is_x_t", "the answer is compared with x_t: this network predicts the noise"): lambda x_0, x_t: x_t,
    ("noise_drawn_twice", "the answer is compared with other noise than that in x_t"): lambda x_0, x_t: torch.randn(
        x_t.shape, generator=torch.Generator().manual_seed(0), dtype=x_t.dtype
    ),
}
SQUARED = Mistake("squared_error", "this is the mean squared error (L2): the mean of absolute values is asked for")


def require_loss_and_gradient(
    student: StudentFunction, found: list[Loss], schedule: Schedule, absolute: bool = False
) -> None:
    """Require the mean squared error of the noise, or the mean absolute one, and its gradient."""
    other, error_of, other_error = ABSOLUTE, torch.square, torch.abs
    if absolute:
        other, error_of, other_error = SQUARED, torch.abs, torch.square
    weight = ToyDenoiser().weight.detach()
    for one in found:
        kept = schedule["alpha_bars"][one.index].reshape(-1, 1, 1, 1)
        error = weight * one.x_t - (one.x_t - kept.sqrt() * one.x_0) / (1 - kept).sqrt()
        right = error_of(error).mean().item()
        value = torch.tensor(one.value)
        if not same(value, torch.tensor(right), 1e-3, smallest=1e-9):
            values = {
                mistake: error_of(weight * one.x_t - target(one.x_0, one.x_t)).mean()
                for mistake, target in mistakes(EQ_LOSS, _TARGETS).items()
            }
            values |= {other: other_error(error).mean(), SUMMED: error_of(error).sum()}
            student.fail(
                "the loss is wrong",
                expected=f"{right:.4f}",
                got=f"{one.value:.4f}",
                mistake=nearest(value, values, 0.03, smallest=1e-9),
                read=EQ_LOSS,
            )
        slope = error.sign() if absolute else 2 * error
        gradient = (slope * one.x_t).mean().item()
        if abs(one.gradient - gradient) > 1e-3 * max(1, abs(gradient)):
            student.fail("the gradient is wrong", expected=f"{gradient:.4f}", got=f"{one.gradient:.4f}", read=EQ_LOSS)
