"""Judge modules: what they compute with given weights, in whatever style they are written."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.student_function import StudentFunction
from helpers.networks.mnist import JOINED
from helpers.networks.transfer import OtherArchitecture, copy_weights

OTHER_WIDTH = Mistake(
    "t1_for_t2",
    "2D numbers meet maps of D channels, or D meet 2D: the first block's belong behind Unflatten, the second's behind "
    "the first UpBlock",
)
NOT_RESHAPED = Mistake("not_reshaped", "(B, C) is added along the rows: reshape it to (B, C, 1, 1)")


class Operation(NamedTuple):
    """An operation of a network.

    arguments  of the student's function
    right      a module that computes the right thing
    wrong      modules that compute what each known mistake leads to
    given      shape of the input
    wanted     shape of the output
    read       where the operation is described
    """

    arguments: tuple[int, ...]
    right: nn.Module
    wrong: dict[Mistake, nn.Module]
    given: tuple[int, ...]
    wanted: tuple[int, ...]
    read: str


def require_operation(student: StudentFunction, operation: Operation, seed: int = 0) -> None:
    """Require that the module of a function computes what the right one does with the same weights."""
    module = student.module(*operation.arguments, seed=seed)
    x = torch.randn(operation.given, generator=torch.Generator().manual_seed(seed))
    got = StudentFunction(student.exercise, module).call(x).value
    reason = ""
    if got.shape == operation.wanted:
        reason = differs(operation.right, module, (x,), seed)
        if not reason:
            return
    student.fail(
        "the module computes something else" if reason else "the module's answer has another shape",
        expected=f"{_arrow(operation.given, operation.wanted)}: {_layers(operation.right)}",
        got=reason or _arrow(operation.given, tuple(got.shape)),
        mistake=_named(operation.wrong, module, (x,), seed),
        read=operation.read,
    )


def require_same_network(
    student: StudentFunction, module: nn.Module, right: nn.Module, wrong: dict[Mistake, nn.Module],
    inputs: Sequence[torch.Tensor], read: str,
) -> None:  # fmt: skip
    """Require of a network the right number of parameters, gradients everywhere, and the right answer."""
    got = _answer(student, module, inputs, read)
    numbers = [sum(each.numel() for each in network.parameters()) for network in (right, module)]
    if numbers[0] != numbers[1]:
        student.fail(
            "the network has another number of parameters",
            expected=f"{numbers[0]:,}",
            got=f"{numbers[1]:,}",
            mistake=_named(wrong, module, inputs, 0),
            read=read,
        )
    reason = differs(right, module, inputs) if got.shape == inputs[0].shape else f"its answer is {tuple(got.shape)}"
    if reason:
        student.fail(
            "the network is wired in another way", got=reason, mistake=_named(wrong, module, inputs, 0), read=read
        )
    _require_gradients(student, module, inputs)


def _answer(student: StudentFunction, module: nn.Module, inputs: Sequence[torch.Tensor], read: str) -> torch.Tensor:
    """Call a network; where shapes do not fit, say which of the numbers added to its maps are the cause."""
    try:
        return StudentFunction(student.exercise, module).call(*inputs).value
    except CheckFailed as failure:
        place = re.search(r"must match the size of tensor b .* at non-singleton dimension (\d)", failure.symptom)
        if place is None:
            raise
        mistake = {"1": OTHER_WIDTH, "3": NOT_RESHAPED}.get(place[1])
        student.fail(failure.symptom, got=failure.got, mistake=mistake, read=read)


def differs(right: nn.Module, module: nn.Module, inputs: Sequence[torch.Tensor], seed: int = 0) -> str:
    """Say in which way a module computes something else than the right one with its weights; "" where it does not."""
    _randomise(right, seed)
    joined = JOINED if sum(isinstance(layer, nn.ConvTranspose2d) for layer in right.modules()) > 1 else ()
    try:
        copy_weights(right, module, inputs, joined)
    except OtherArchitecture as other:
        return str(other)
    return ""


def _named(wrong: dict[Mistake, nn.Module], module: nn.Module, inputs, seed: int) -> Mistake | None:
    return next((name for name, network in wrong.items() if not differs(network, module, inputs, seed)), None)


@torch.no_grad()
def _randomise(module: nn.Module, seed: int) -> None:
    """Give every weight and every running mean and variance a value of its own, so that each shows in the answer."""
    source = torch.Generator().manual_seed(seed)
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=source)
        if value.ndim > 1:
            value.copy_(noise * (2 / value[0].numel()) ** 0.5)
        else:
            value.copy_((0.3 * noise).exp() if name.endswith(("running_var", "weight")) else 0.3 * noise)


def _require_gradients(student: StudentFunction, module: nn.Module, inputs) -> None:
    module.eval()  # in training mode a bias before a batch norm has no gradient, and needs none
    module.zero_grad()
    with torch.enable_grad():
        module(*inputs).square().mean().backward()
    dead = [name for name, value in module.named_parameters() if value.grad is None or not value.grad.any()]
    if dead:
        student.fail(
            "the loss does not reach every weight", expected="a gradient in each", got=f"none in {', '.join(dead)}"
        )


def _arrow(given: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    return f"{tuple(given)} -> {tuple(wanted)}"


def _layers(module: nn.Module) -> str:
    return ", ".join(type(layer).__name__ for layer in module.modules() if not list(layer.children()))
