"""Networks that stay where they are: the other side's stand-in has their weights, and calls go over the channel.

Whoever holds the stand-in may change its weights (a check that sets them, a student's optimizer that moves them), so
they travel to the network before each call. Gradients come back the same way.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from notebook_grader.runner.gradients import Differentiable, Key

if TYPE_CHECKING:
    from notebook_grader.runner.peer import Peer

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


def describe(module: nn.Module) -> dict:
    """Return what a stand-in needs: the layers below a network, its state, gradients and settings where it has some."""
    layers = [_layer(path, each) for path, each in module.named_modules()]
    left = [(name, value.grad) for name, value in module.named_parameters() if value.grad is not None]
    return {"layers": layers, "state": state_of(module), "gradients": left, "config": _settings(module)}


def _settings(module: nn.Module) -> dict | None:
    config = getattr(module, "config", None)
    if isinstance(config, SimpleNamespace):
        config = vars(config)
    return dict(config) if isinstance(config, Mapping) else None


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
    """Give a network the weights, buffers and mode of a state; names that it does not have are left out.

    What is equal is not touched: a graph that was computed with it stays valid.
    """
    own = dict([*module.named_parameters(), *module.named_buffers()])
    for name, value, *_ in [*state["parameters"], *state["buffers"]]:
        if name in own and own[name].shape == value.shape and not torch.equal(own[name], value.to(own[name])):
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

    def forward(self, request: dict[str, Any]) -> Differentiable:
        """Call the network. Return its answer, its buffers and the layers in the order of their calls."""
        load_state(self.module, request["state"])
        called: list[str] = []
        hooks = [
            each.register_forward_hook(lambda *_, path=path: called.append(path))
            for path, each in self.module.named_modules()
        ]
        try:
            with torch.set_grad_enabled(bool(request["grad"])):
                output = self.module(*request["args"], **request["kwargs"])
        finally:
            for hook in hooks:
                hook.remove()
        buffers = [(name, value) for name, value in self.module.named_buffers()]
        return Differentiable({"value": output, "buffers": buffers, "called": called}, weights_of(self.module))


def weights_of(module: nn.Module) -> dict[Key, nn.Parameter]:
    """Return the weights of a network by what the other side calls them."""
    return {("weight", name): value for name, value in module.named_parameters()}


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
        for name, grad in more["gradients"]:
            self.get_parameter(str(name)).grad = grad
        if more["config"] is not None:
            self.config = SimpleNamespace(**{str(name): value for name, value in more["config"].items()})

    @property
    def dtype(self) -> torch.dtype:
        """The type of its weights, as diffusers' networks have it."""
        return next((value.dtype for value in self.parameters()), torch.float32)

    @property
    def device(self) -> torch.device:
        """Where its weights are, as diffusers' networks have it."""
        return next((value.device for value in self.parameters()), torch.device("cpu"))

    def forward(self, *args, **kwargs):
        """Call the network on the other side; differentiable where it is."""
        answer = self.remote_peer.forward(self, args, kwargs)
        load_state(self, {"parameters": [], "buffers": answer["buffers"], "training": self.training})
        layers = dict(self.named_modules())
        for layer in (layers[path] for path in answer["called"] if path and path in layers):
            for hook in list(layer._forward_hooks.values()):
                hook(layer, (), None)
        return answer["value"]


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
