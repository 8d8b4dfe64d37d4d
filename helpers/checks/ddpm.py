"""Judging the loss of a diffusion model whose network gets the time divided by T.

The network is a toy that the judge knows. From what it is called with, the time and the noise in a picture follow in
closed form.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from helpers.checks.noising import JumpRule, jump, jump_mistakes
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction
from helpers.checks.training import ABSOLUTE, SUMMED

EQ_LOSS = "the equation of the loss in this chapter; Ho et al. 2020, algorithm 1"

NOT_NORMALISED = Mistake("t_not_normalised", "the network gets t itself: divide it by num_ts", EQ_LOSS)
COUNTS_FROM_1 = Mistake("t_counts_from_1", "the network gets (t + 1) / T: here t counts from 0", EQ_LOSS)
ONE_TIME = Mistake("one_time_for_all", "all pictures of a batch get the same time: draw one for each", EQ_LOSS)
MISSES_FIRST = Mistake("misses_first", "t = 0 is never drawn: the times are 0 to T - 1", EQ_LOSS)
MISSES_LAST = Mistake("misses_last", "t = T - 1 is never drawn: randint leaves its upper end out", EQ_LOSS)


def schedule_of(num_ts: int, beta1: float = 0.002, beta2: float = 0.12) -> dict[str, Tensor]:
    """Return a schedule as the student's function does, in float64; short ones show what long ones hide."""
    betas = torch.linspace(beta1, beta2, num_ts, dtype=torch.float64)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": (1 - betas).cumprod(0)}


class ToyDenoiser(nn.Module):
    """A network with one weight, x_t -> weight * x_t, that keeps the pictures and times that it was called with."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.6, dtype=torch.float64))
        self.calls: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return weight * x."""
        self.calls.append((x.detach().clone().double(), torch.as_tensor(t).detach().clone().double().reshape(-1)))
        return self.weight.to(x) * x


class ToyClassDenoiser(ToyDenoiser):
    """The same network behind a call with classes, which it keeps."""

    def __init__(self):
        super().__init__()
        self.classes: list[Tensor] = []

    def forward(self, x: Tensor, c: Tensor, t: Tensor) -> Tensor:
        """Return weight * x."""
        self.classes.append(torch.as_tensor(c).detach().clone().double())
        return super().forward(x, t)


class Loss(NamedTuple):
    """One call of a student's loss: its value, the gradient of the weight, and what the network was called with."""

    value: float
    gradient: float
    x_0: Tensor
    x_t: Tensor
    index: Tensor  # of the time of each picture
    classes: Tensor | None = None  # as the network got them


def losses(
    student: StudentFunction, num_ts: int, count: int, seed: int, more: Callable[[int], tuple] = lambda number: (),
    toy: type[ToyDenoiser] = ToyDenoiser,
) -> list[Loss]:  # fmt: skip
    """Call `ddpm_forward(unet, ddpm_schedule, x_0, ..., num_ts)` on batches of 16 pictures; hold the times to 0 .. 1.

    more  number of the call -> the arguments behind x_0
    """
    schedule, source, found = schedule_of(num_ts), torch.Generator().manual_seed(seed + 4711), []
    for number in range(count):
        unet = toy()
        x_0 = torch.randn((16, 1, 28, 28), generator=source, dtype=torch.float64)
        loss = student.loss(unet, schedule, x_0, *more(number), num_ts, seed=1000 * seed + number)
        if len(unet.calls) != 1:
            student.fail("the network is not called once", expected="1 call", got=f"{len(unet.calls)} calls")
        loss.backward()
        x_t, t = unet.calls[0]
        classes = unet.classes[0] if isinstance(unet, ToyClassDenoiser) else None
        index = _indices(student, t, num_ts, len(x_0))
        found.append(Loss(loss.item(), unet.weight.grad.item(), x_0, x_t, index, classes))
    return found


def _indices(student: StudentFunction, t: Tensor, num_ts: int, count: int) -> Tensor:
    t = t.expand(count) if len(t) == 1 else t
    if len(t) != count:
        student.fail("the network gets another number of times than pictures", expected=str(count), got=str(len(t)))
    if t.max() > 1 + 1e-6:
        student.fail(
            "the network gets times above 1",
            expected="t / num_ts",
            got=f"up to {t.max():.0f}",
            mistake=NOT_NORMALISED,
            read=EQ_LOSS,
        )
    return (t * num_ts).round().long()


def require_noising(student: StudentFunction, found: list[Loss], schedule: dict[str, Tensor]) -> None:
    """Hold x_t to Ho et al. 2020, eq. 4, by how much of x_0 and how much noise is in it."""
    betas, _, abar = schedule.values()
    num_ts = len(betas)
    index = torch.cat([one.index for one in found])
    x_0, x_t = (torch.cat([getattr(one, name) for one in found]).flatten(1) for name in ("x_0", "x_t"))
    signal = (x_t * x_0).sum(1) / x_0.square().sum(1)
    noise = (x_t - signal[:, None] * x_0).std(1)

    def fits(rule: JumpRule, at: Tensor) -> bool:
        known = (at >= 0) & (at < num_ts)
        t = at[known]
        wanted = rule(abar[t], betas[t], (abar[(t - 1).clamp(min=0)], abar[(t + 1).clamp(max=num_ts - 1)]))
        expected_error = x_0.shape[1] ** -0.5  # of a mean over the pixels
        errors = [(a[known] - b) / expected_error for a, b in zip((signal, noise), wanted, strict=True)]
        return bool(known.any()) and all(error.square().mean() < 1.6 for error in errors)

    def right(a: Tensor, *_) -> tuple[Tensor, Tensor]:
        return jump(a)

    if fits(right, index):
        return
    wrong = {mistake: fits(rule, index) for mistake, rule in jump_mistakes("x_0", EQ_LOSS).items()}
    wrong[COUNTS_FROM_1] = fits(right, index - 1)
    kept, added = jump(abar[index[0].clamp(max=num_ts - 1)])
    student.fail(
        f"x_t is wrong at t = {index[0]}",
        expected=f"{kept:.3f} x_0 + {added:.3f} eps",
        got=f"{signal[0]:.3f} x_0 + {noise[0]:.3f} eps",
        mistake=next((mistake for mistake, is_it in wrong.items() if is_it), None),
        read=EQ_LOSS,
    )


def require_times_drawn(student: StudentFunction, found: list[Loss], num_ts: int) -> None:
    """Hold the times to the uniform distribution on 0 .. T - 1, one for each picture."""
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


_TARGETS: dict[Mistake | None, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    None: lambda x_0, x_t, eps: eps,
    Mistake("target_is_x_0", "the answer is compared with the picture: this network predicts the noise", EQ_LOSS): (
        lambda x_0, x_t, eps: x_0
    ),
    Mistake("target_is_x_t", "the answer is compared with x_t: this network predicts the noise", EQ_LOSS): (
        lambda x_0, x_t, eps: x_t
    ),
}
SQUARED = Mistake(
    "squared_error", "this is the mean squared error (L2): the mean of absolute values is asked for", EQ_LOSS
)
_DRAWN_TWICE = Mistake("noise_drawn_twice", "the answer is compared with other noise than that in x_t", EQ_LOSS)


def require_loss_and_gradient(
    student: StudentFunction, found: list[Loss], schedule: dict[str, Tensor], absolute: bool = False
) -> None:
    """Hold value and gradient to the mean squared error of the noise, or to the mean absolute one."""
    abar = schedule["alpha_bars"]
    other, error_of = (SQUARED, torch.abs) if absolute else (ABSOLUTE, torch.square)
    for one in found:
        kept = abar[one.index].reshape(-1, 1, 1, 1)
        eps = (one.x_t - kept.sqrt() * one.x_0) / (1 - kept).sqrt()
        weight = ToyDenoiser().weight.detach()
        off = {mistake: weight * one.x_t - of(one.x_0, one.x_t, eps) for mistake, of in _TARGETS.items()}
        values = {mistake: error_of(errors).mean().item() for mistake, errors in off.items()}
        other_value = off[None].square() if absolute else off[None].abs()
        values |= {other: other_value.mean().item(), SUMMED: error_of(off[None]).sum().item()}
        other_noise = torch.randn(eps.shape, generator=torch.Generator().manual_seed(0), dtype=eps.dtype)
        values[_DRAWN_TWICE] = error_of(weight * one.x_t - other_noise).mean().item()
        if abs(one.value - values[None]) > 1e-3 * values[None]:
            near = min((name for name in values if name), key=lambda name: abs(values[name] - one.value))
            close = abs(values[near] - one.value) < 0.03 * values[near]
            student.fail(
                "the loss is wrong",
                expected=f"{values[None]:.4f}",
                got=f"{one.value:.4f}",
                mistake=near if close else None,
                read=EQ_LOSS,
            )
        slope = off[None].sign() if absolute else 2 * off[None]
        gradient = (slope * one.x_t).mean().item()
        if abs(one.gradient - gradient) > 1e-3 * max(1, abs(gradient)):
            student.fail("the gradient is wrong", expected=f"{gradient:.4f}", got=f"{one.gradient:.4f}", read=EQ_LOSS)
