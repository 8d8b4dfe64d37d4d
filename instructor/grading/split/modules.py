"""Networks that stay where they are: the other side's stand-in has their weights, and calls go over the channel.

Whoever holds the stand-in may change its weights (a check that sets them, a student's optimizer that moves them), so
they travel to the network before each call. Gradients come back the same way.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

if TYPE_CHECKING:
    from instructor.grading.split.peer import Peer

# Layers that checks look at by kind, and what makes one like them.
_LAYERS = {
    nn.Conv2d: ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"),
    nn.ConvTranspose2d: ("in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "groups"),
    nn.BatchNorm2d: ("num_features", "eps", "momentum", "affine", "track_running_stats"),
    nn.BatchNorm1d: ("num_features", "eps", "momentum", "affine", "track_running_stats"),
    nn.GroupNorm: ("num_groups", "num_channels", "eps", "affine"),
    nn.Linear: ("in_features", "out_features"),
}
_BY_NAME = {kind.__name__: kind for kind in _LAYERS}


class Kept(NamedTuple):
    """A result that can still be differentiated, on the side that computed it.

    value   the result by itself; output  the same with its graph
    wanted  weights and inputs whose gradients the other side will ask for
    """

    number: int
    value: torch.Tensor
    output: torch.Tensor
    wanted: list[torch.Tensor]


def describe(module: nn.Module) -> dict:
    """Return what a stand-in needs: the layers below a network and its state."""
    return {"layers": [_layer(path, each) for path, each in module.named_modules()], "state": state_of(module)}


def _layer(path: str, module: nn.Module) -> dict:
    kind = next((kind for kind in type(module).__mro__ if kind in _LAYERS), None)
    arguments = {name: getattr(module, name) for name in _LAYERS.get(kind, ())}
    if kind in (nn.Conv2d, nn.ConvTranspose2d, nn.Linear):
        arguments["bias"] = module.bias is not None
    return {"path": path, "kind": kind.__name__ if kind else "", "name": type(module).__name__, "arguments": arguments}


def state_of(module: nn.Module) -> dict:
    """Return weights, buffers and the mode of a network."""
    return {
        "parameters": [(name, value.detach(), value.requires_grad) for name, value in module.named_parameters()],
        "buffers": [(name, value) for name, value in module.named_buffers()],
        "training": module.training,
    }


@torch.no_grad()
def load_state(module: nn.Module, state: dict) -> None:
    """Give a network the weights, buffers and mode of a state; names that it does not have are left out."""
    own = dict([*module.named_parameters(), *module.named_buffers()])
    for name, value, *_ in [*state["parameters"], *state["buffers"]]:
        if name in own and own[name].shape == value.shape:
            own[name].copy_(value)
    if module.training != state["training"]:
        module.train(bool(state["training"]))


class HostedModule:
    """A network that was handed out: the other side calls it through here."""

    def __init__(self, module: nn.Module):
        self.owned = self.module = module

    def load(self, state: dict) -> None:
        """Take over the state in which the other side has left it."""
        load_state(self.module, state)

    def forward(self, request: dict[str, Any]) -> tuple[dict, torch.Tensor | None, list[torch.Tensor]]:
        """Call the network. Return the answer; and, where a gradient is wanted, the output and what it depends on."""
        load_state(self.module, request["state"])
        args = [value.requires_grad_() if place in request["needs"] else value
                for place, value in enumerate(request["args"])]  # fmt: skip
        called: list[str] = []
        hooks = [
            each.register_forward_hook(lambda *_, path=path: called.append(path))
            for path, each in self.module.named_modules()
        ]
        try:
            with torch.set_grad_enabled(bool(request["grad"])):
                output = self.module(*args, **request["kwargs"])
        finally:
            for hook in hooks:
                hook.remove()
        buffers = [(name, value) for name, value in self.module.named_buffers()]
        answer = {"value": output, "buffers": buffers, "called": called, "graph": None}
        if not (request["grad"] and isinstance(output, torch.Tensor) and output.requires_grad):
            return answer, None, []
        answer["value"] = output.detach()
        return answer, output, [*self.module.parameters(), *(args[place] for place in request["needs"])]


class RemoteModule(nn.Module):
    """Stands for a network of the other side: the same layers by name and kind, with weights of its own.

    What is ours has names that no layer of a student's will have.
    """

    def __init__(self, peer: "Peer", number: int, more: dict):
        super().__init__()
        self.remote_peer, self.remote_number = peer, number
        for layer in more["layers"]:
            if layer["path"]:
                _place(self, str(layer["path"]), _like(layer))
        for name, value, needs_grad in more["state"]["parameters"]:
            _set(self, str(name), nn.Parameter(value.clone(), requires_grad=bool(needs_grad)))
        for name, value in more["state"]["buffers"]:
            _set(self, str(name), value.clone())
        load_state(self, more["state"])

    def forward(self, *args, **kwargs):
        """Call the network on the other side; differentiable where it is."""
        weights = list(self.parameters())
        needs = [place for place, value in enumerate(args) if isinstance(value, torch.Tensor) and value.requires_grad]
        if torch.is_grad_enabled() and (needs or any(value.requires_grad for value in weights)):
            return _Call.apply(self, args, kwargs, needs, *weights, *(args[place] for place in needs))
        return self.remote_call(args, kwargs, [], grad=False)["value"]

    def remote_call(self, args, kwargs, needs: list[int], grad: bool) -> dict:
        """Ask the other side; its buffers, and the order in which its layers were called, are taken over."""
        answer = self.remote_peer.ask(
            "forward",
            number=self.remote_number,
            state=state_of(self),
            args=list(args),
            kwargs=kwargs,
            needs=needs,
            grad=grad,
        )
        load_state(self, {"parameters": [], "buffers": answer["buffers"], "training": self.training})
        layers = dict(self.named_modules())
        for layer in (layers[path] for path in answer["called"] if path and path in layers):
            for hook in list(layer._forward_hooks.values()):
                hook(layer, (), None)
        return answer


class _Call(torch.autograd.Function):
    """A call of a network on the other side."""

    @staticmethod
    def forward(ctx, module, args, kwargs, needs, *inputs):
        answer = module.remote_call(args, kwargs, needs, grad=True)
        ctx.peer, ctx.graph = module.remote_peer, answer["graph"]
        return answer["value"].clone() if isinstance(answer["value"], torch.Tensor) else answer["value"]

    @staticmethod
    def backward(ctx, grad):
        if ctx.graph is None:
            return (None,) * len(ctx.needs_input_grad)
        return None, None, None, None, *ctx.peer.ask("backward", graph=ctx.graph, grad=grad)


def differentiable(peer: "Peer", number: int, value: torch.Tensor, weights: dict[tuple[int, str], nn.Parameter]):
    """Return a result of the other side that can be differentiated for the weights that were lent to it."""
    wanted = {key: weight for key, weight in weights.items() if weight.requires_grad}
    if not wanted or not value.is_floating_point():
        return value.requires_grad_(value.is_floating_point())
    with torch.enable_grad():
        return _Result.apply(peer, number, value, list(wanted), *wanted.values())


class _Result(torch.autograd.Function):
    """What a function of the other side has computed with networks that were lent to it."""

    @staticmethod
    def forward(ctx, peer, number, value, keys, *weights):
        ctx.peer, ctx.number, ctx.keys = peer, number, keys
        return value.clone()

    @staticmethod
    def backward(ctx, grad):
        found = ctx.peer.ask("gradient", graph=ctx.number, grad=grad)
        by_key = {(number, name): value for number, name, value in found}
        return None, None, None, None, *(by_key.get(key) for key in ctx.keys)


def _like(layer: dict) -> nn.Module:
    """Return a layer of the same kind and sizes; for kinds that no check looks at, an empty one of the same name."""
    kind = _BY_NAME.get(layer["kind"])
    if kind is None:
        return type(str(layer["name"]), (nn.Module,), {})()
    arguments = {str(name): value for name, value in layer["arguments"].items()}
    return kind(**arguments, device="meta").to_empty(device="cpu")


def _place(root: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    root.get_submodule(parent).add_module(name, module)


def _set(root: nn.Module, path: str, value: torch.Tensor) -> None:
    """Register a weight or a buffer at its place; a layer that has it already keeps its own."""
    parent, _, name = path.rpartition(".")
    module = root.get_submodule(parent)
    known = module._parameters.get(name)
    if known is not None and known.shape == value.shape:
        known.requires_grad_(value.requires_grad)
    elif known is not None or name in module._buffers:
        return
    elif isinstance(value, nn.Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)
