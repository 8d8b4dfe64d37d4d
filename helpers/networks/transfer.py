"""Weights from one network into another that computes the same in a different style.

A student's U-Net has its own names for its layers, its own order of definition, and may put the skip connection before
or behind what it is joined with. What cannot differ is the order in which the layers are called. So the layers of both
networks are matched by their calls.
"""

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
_LAYERS = (*_CONVOLUTIONS, nn.BatchNorm2d, nn.GroupNorm, nn.Linear)


class OtherArchitecture(ValueError):
    """Two networks do not call the same layers in the same order."""


@torch.no_grad()
def copy_weights(source: nn.Module, target: nn.Module, inputs: Sequence[Tensor], joined: Sequence[int] = ()) -> None:
    """Copy the weights of source into target, so that both compute the same on the inputs.

    source, target  two networks that call layers of the same kinds and shapes in the same order
    inputs          what both are called with, the same positional arguments
    joined          the convolutions of source, by the number of their call, that read two feature maps of equal width
                    joined by `torch.cat`; target may join them the other way round
    Two networks of one class are matched by the names of their weights instead.
    Raises OtherArchitecture where the layers differ, or where the target computes something else with these weights.
    """
    states = [_buffers(network) for network in (source, target)]
    was_training = [network.training for network in (source, target)]
    source.eval()
    target.eval()
    try:
        wanted = source(*inputs)
        for _ in _ways_to_copy(source, target, inputs, joined):
            off = _relative(target(*inputs), wanted)
            if off < 1e-3:
                return
    finally:
        for network, training in zip((source, target), was_training, strict=True):
            network.train(training)
        _restore(source, states[0])
    raise OtherArchitecture(
        f"it has the same layers, but with the same weights its answer differs, by {off:.0%} of its size: look at what "
        "is joined and added where"
    )


def _ways_to_copy(
    source: nn.Module, target: nn.Module, inputs: Sequence[Tensor], joined: Sequence[int]
) -> Iterator[None]:
    """Copy the weights in one way after another in which they may belong."""
    if type(source) is type(target) and _shapes(source) == _shapes(target):
        target.load_state_dict(source.state_dict())
        yield
        return
    pairs = _pairs(_called(source, inputs), _called(target, inputs))
    for turned in itertools.product((False, True), repeat=len(joined)):
        _copy(pairs, {place for place, is_turned in zip(joined, turned, strict=True) if is_turned})
        yield


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


def _relative(got: Tensor, wanted: Tensor) -> float:
    """Return the root mean square of the difference, beside that of the wanted answer around its mean."""
    if got.shape != wanted.shape:
        raise OtherArchitecture(f"its answer has shape {tuple(got.shape)}, expected {tuple(wanted.shape)}")
    return ((got - wanted).square().mean().sqrt() / wanted.std()).item()


def _buffers(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.named_buffers()}


def _restore(network: nn.Module, buffers: dict[str, Tensor]) -> None:
    for name, value in network.named_buffers():
        value.copy_(buffers[name])


def _called(network: nn.Module, inputs: Sequence[Tensor]) -> list[nn.Module]:
    """Return the layers with weights in the order in which they are called."""
    calls: list[nn.Module] = []
    layers = [layer for layer in network.modules() if isinstance(layer, _LAYERS)]
    hooks = [layer.register_forward_hook(lambda layer, *_: calls.append(layer)) for layer in layers]
    try:
        network(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def _pairs(source: list[nn.Module], target: list[nn.Module]) -> list[tuple[nn.Module, nn.Module]]:
    """Match convolutions and norms by the order of their calls; fully connected blocks by their shapes."""
    pairs = []
    own, others = (_without_linear(calls) for calls in (source, target))
    for number, (layer, other) in enumerate(itertools.zip_longest(own, others), 1):
        if _shape(layer) != _shape(other):
            raise OtherArchitecture(
                f"layer {number} in the order of the calls is {_told(other)}; expected {_told(layer)}"
            )
        pairs.append((layer, other))
    blocks, other_blocks = (_linear_blocks(calls) for calls in (source, target))
    if blocks.keys() != other_blocks.keys():
        missing = [_told(blocks[key][0]) for key in blocks.keys() - other_blocks.keys()]
        raise OtherArchitecture(
            f"it has no fully connected block that begins with {', '.join(missing) or 'fewer layers'}"
        )
    for key, block in blocks.items():
        pairs += zip(block, other_blocks[key], strict=True)
    return pairs


def _without_linear(calls: list[nn.Module]) -> list[nn.Module]:
    return [layer for layer in calls if not isinstance(layer, nn.Linear)]


def _linear_blocks(calls: list[nn.Module]) -> dict[tuple, tuple[nn.Module, ...]]:
    """Return the blocks of two linear layers that follow each other, by their shapes."""
    linear = [layer for layer in calls if isinstance(layer, nn.Linear)]
    blocks = list(zip(linear[::2], linear[1::2], strict=False))
    return {tuple(map(_shape, block)): block for block in blocks}


def _shape(layer: nn.Module | None) -> tuple | None:
    """Return what has to agree: kind and shapes of the weights. Strides and paddings show in the answer."""
    return None if layer is None else (type(layer).__name__, *(tuple(value.shape) for value in layer.parameters()))


def _told(layer: nn.Module | None) -> str:
    return "missing" if layer is None else str(layer)


def _copy(pairs: list[tuple[nn.Module, nn.Module]], halves: set[int]) -> None:
    """Copy all weights; the convolutions of these numbers get the two halves of their inputs exchanged."""
    convolution = -1
    for layer, other in pairs:
        convolution += isinstance(layer, _CONVOLUTIONS)
        for (name, value), there in zip(layer.state_dict().items(), other.state_dict().values(), strict=True):
            if name == "weight" and isinstance(layer, _CONVOLUTIONS) and convolution in halves:
                axis = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
                value = value.roll(value.shape[axis] // 2, dims=axis)
            there.copy_(value)
