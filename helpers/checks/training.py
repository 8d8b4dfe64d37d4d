"""Judge a training step on toy networks, where the gradient, the step and the best answer are known."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.diagnosis import nearest, same
from helpers.checks.report import Mistake
from helpers.checks.spies import LinearToy
from helpers.checks.student_function import StudentFunction

RATE = 0.5  # of plain gradient descent on the toy network
_BACKWARD = "loss.backward() takes no loss: torch.autograd, `grad_tensors`"

TARGET_NOISY = Mistake("target_is_noisy", "the answer is compared with the noisy picture: it is to be like x")
TARGET_NOISE = Mistake("target_is_noise", "the answer is compared with the noise: this network returns the picture x")
ABSOLUTE = Mistake("absolute_error", "this is the mean absolute error (L1): the mean of squares is asked for")
SUMMED = Mistake("summed", "the squared errors are added up: take their mean")
CLEAN_INPUT = Mistake("clean_input", "the network is called with the clean picture: call it with the noisy one")
NOT_ZEROED = Mistake("gradient_kept", "the gradient of the step before is still there: optimizer.zero_grad()")
BACKWARD_LOSS = Mistake("backward_of_loss", "loss.backward(loss) multiplies the gradient by the loss", _BACKWARD)
NO_STEP = Mistake("no_step", "the weights stay as they were: zero_grad, then backward, then step")
CALLED_TWICE = Mistake("called_twice", "the network is called more than once: keep its answer in a variable")
NOISE_TWICE = Mistake("noise_twice", "noise is added twice, to a picture that has it already")
SIGMA_FIXED = Mistake("sigma_fixed", "the noise has another size than sigma: is a number written in its place?")
STEP_TWICE = Mistake("step_twice", "the optimizer takes more than one step")


# answer, noisy picture, x, sigma -> loss
_LOSSES: dict[Mistake | None, Callable[[Tensor, Tensor, Tensor, float], Tensor]] = {
    None: lambda out, noisy, x, sigma: (out - x).square().mean(),
    TARGET_NOISY: lambda out, noisy, x, sigma: (out - noisy).square().mean(),
    TARGET_NOISE: lambda out, noisy, x, sigma: (out - (noisy - x) / sigma).square().mean(),
    ABSOLUTE: lambda out, noisy, x, sigma: (out - x).abs().mean(),
    SUMMED: lambda out, noisy, x, sigma: (out - x).square().sum(),
}


def require_training_step(student: StudentFunction, seed: int, read: str) -> None:
    """Require of three steps of `train_step(unet, optimizer, x, sigma)` the loss, its gradient and the step."""
    source = torch.Generator().manual_seed(seed)
    unet, sigma = LinearToy(0.3 + 0.1 * (seed % 3), 0.2), 0.4 + 0.12 * (seed % 4)
    optimizer = torch.optim.SGD(unet.parameters(), lr=RATE)
    kept = torch.zeros(2, dtype=torch.float64)
    for number in range(3):
        x = torch.rand((4, 1, 12, 12), generator=source, dtype=torch.float64)
        before, calls = unet.state(), len(unet.calls)
        loss = student.number(unet, optimizer, x, sigma, seed=seed + number).value
        if len(unet.calls) != calls + 1:
            student.fail(
                "the network is not called once in a step",
                expected="1 call",
                got=f"{len(unet.calls) - calls} calls",
                mistake=CALLED_TWICE if len(unet.calls) > calls + 1 else None,
            )
        noisy = unet.calls[-1].x
        _require_noise(student, noisy, x, sigma, read)
        right = _gradient(before, noisy, x, sigma, _LOSSES[None])
        _require_loss(student, loss, before, noisy, x, sigma, read)
        _require_step(student, before, unet.state(), right, kept, loss, number, read)
        kept += right


def _answers(state: Tensor, noisy: Tensor) -> Tensor:
    return state[0] * noisy + state[1]


def _gradient(state: Tensor, noisy: Tensor, x: Tensor, sigma: float, loss_of) -> Tensor:
    state = state.clone().requires_grad_()
    with torch.enable_grad():
        loss_of(_answers(state, noisy), noisy, x, sigma).backward()
    return state.grad


def _require_noise(student: StudentFunction, noisy: Tensor, x: Tensor, sigma: float, read: str) -> None:
    if noisy.shape != x.shape:
        student.fail(
            "the network gets another shape than the pictures", expected=tuple(x.shape), got=f"{tuple(noisy.shape)}"
        )
    size = (noisy - x).std().item()
    if abs(size - sigma) > 0.15 * sigma:
        student.fail(
            "the network does not get the pictures with noise of size sigma",
            expected=f"noise of size {sigma:.2f}",
            got=f"{size:.2f}",
            mistake=CLEAN_INPUT if size < 1e-6 else NOISE_TWICE if abs(size / sigma - 2**0.5) < 0.1 else SIGMA_FIXED,
            read=read,
        )


def _require_loss(
    student: StudentFunction, loss: Tensor, state: Tensor, noisy: Tensor, x: Tensor, sigma: float, read: str
) -> None:
    values = {name: rule(_answers(state, noisy), noisy, x, sigma) for name, rule in _LOSSES.items()}
    right = values.pop(None)
    if same(loss, right, 1e-4):
        return
    student.fail(
        "the loss is wrong",
        expected=f"{right.item():.5f}",
        got=f"{loss.item():.5f}",
        mistake=nearest(loss, values, 1e-4),
        read=read,
    )


def _require_step(
    student: StudentFunction,
    before: Tensor,
    after: Tensor,
    right: Tensor,
    kept: Tensor,
    loss: Tensor,
    number: int,
    read: str,
) -> None:
    moved = (before - after) / RATE
    if same(moved, right, 1e-4, smallest=0.1):
        return
    known = {
        NO_STEP: torch.zeros_like(right),
        NOT_ZEROED: right + kept,
        BACKWARD_LOSS: right * loss,
        STEP_TWICE: 2 * right,
    }
    student.fail(
        f"the weights move in another way at step {number + 1}",
        expected=f"by the gradient of the loss, {_told(right)}",
        got=_told(moved),
        mistake=nearest(moved, known, 1e-4, smallest=0.1),
        read=read,
    )


def _told(values: Tensor) -> str:
    return ", ".join(f"{value:+.4f}" for value in values.tolist())


def require_optimum(student: StudentFunction, seed: int, read: str) -> None:
    """Require that 150 steps on Gaussian numbers lead to the best factor, s^2 / (s^2 + sigma^2) (the Wiener filter)."""
    source = torch.Generator().manual_seed(seed)
    spread, sigma = 0.8 + 0.1 * (seed % 3), 0.5
    unet = LinearToy(0.1, 0.4)
    optimizer = torch.optim.Adam(unet.parameters(), lr=0.05)
    for number in range(150):
        x = spread * torch.randn((64, 1, 8, 8), generator=source, dtype=torch.float64)
        student.number(unet, optimizer, x, sigma, seed=seed + number)
    factor, offset = unet.state().tolist()
    best = spread**2 / (spread**2 + sigma**2)
    if abs(factor - best) > 0.03 or abs(offset) > 0.03:
        student.fail(
            "150 steps on a toy network do not lead to the best answer",
            expected=f"the factor {best:.3f} and the offset 0.000",
            got=f"{factor:.3f} and {offset:.3f}",
            read=read,
        )
