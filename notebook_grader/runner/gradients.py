"""Gradients across the wall: what was computed over there can be differentiated here.

A tensor with a gradient goes over as a number and its values, and becomes a leaf over there. Where an answer depends on
such a leaf, or on weights that were lent, its graph stays over there and the answer gets a number. Here it is the
output of a function of autograd, whose backward pass asks the other side.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from helpers.checks.unet2d import comes_from
from notebook_grader.runner.wire import Handle

if TYPE_CHECKING:
    from notebook_grader.runner.peer import Peer

Key = tuple  # ("input", number), ("weight", name) or ("lent", number of a network, name): what a gradient is wanted of


class Differentiable(NamedTuple):
    """An answer, and the weights of this side that the other one may want gradients of."""

    value: Any
    wanted: dict[Key, Tensor]


class Kept(NamedTuple):
    """A result on the side that computed it, and what gradients may be wanted of."""

    output: Tensor
    wanted: dict[Key, Tensor]


class Given:
    """The tensors with a gradient that go over with one question.

    weights     returns those that went over before, or go over in another way
    is_network  whether a network is asked: what comes back is then part of the history of what follows
    """

    def __init__(self, weights: Callable[[], dict[Key, Tensor]], is_network: bool = False):
        self._weights, self._is_network = weights, is_network
        self._inputs: dict[Key, Tensor] = {}

    def handle_of(self, value: Tensor) -> Handle | None:
        """Return a handle for a tensor with a gradient, None for any other."""
        if not value.requires_grad or not torch.is_grad_enabled():
            return None
        number = len(self._inputs)
        self._inputs["input", number] = value
        more = {"value": value.detach(), "has_history": self._is_network and comes_from(value, _NetworkResult)}
        return Handle("wanted", number, more)

    def result(self, peer: "Peer", number: int, value: Tensor) -> Tensor:
        """Return a result of the other side that can be differentiated in all that was given."""
        if not value.is_floating_point():
            return value
        tensors = {key: one for key, one in {**self._inputs, **self._weights()}.items() if one.requires_grad}
        if not tensors:
            return value.requires_grad_(not self._is_network)
        function = _NetworkResult if self._is_network else _Result
        with torch.enable_grad():
            return function.apply(peer, number, value, list(tensors), *tensors.values())


class _Result(torch.autograd.Function):
    """What the other side has computed."""

    @staticmethod
    def forward(ctx, peer, number, value, keys, *_):
        ctx.peer, ctx.number, ctx.keys = peer, number, keys
        return value.clone()

    @staticmethod
    def backward(ctx, grad):
        found = dict(ctx.peer.ask("gradients", graph=ctx.number, grad=grad))
        return None, None, None, None, *(found.get(key) for key in ctx.keys)


class _NetworkResult(_Result):
    """What a network of the other side has answered."""


def gradients(kept: Kept, grad: Tensor) -> list[tuple[Key, Tensor]]:
    """Return the gradient of a kept result in all that it depends on."""
    wanted = {key: value for key, value in kept.wanted.items() if value.requires_grad}
    found = torch.autograd.grad(
        kept.output, list(wanted.values()), grad.to(kept.output), retain_graph=True, allow_unused=True
    )
    return [(key, value) for key, value in zip(wanted, found, strict=True) if value is not None]
