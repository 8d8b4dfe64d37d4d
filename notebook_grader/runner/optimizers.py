"""Optimizers that a check lends to a student's function: the same kind, on the stand-ins of the lent networks."""

import torch
from torch import nn

_KINDS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}


def describe_optimizer(optimizer: torch.optim.Optimizer, networks: dict[int, nn.Module]) -> dict:
    """Return kind, settings and state of an optimizer, with the places of its weights.

    networks  those that were handed out, by number
    Raises ValueError where it moves weights of other networks.
    """
    places = {id(value): (n, name) for n, module in networks.items() for name, value in module.named_parameters()}
    weights = [value for group in optimizer.param_groups for value in group["params"]]
    if any(id(value) not in places for value in weights):
        raise ValueError("an optimizer is lent without the network whose weights it moves")
    return {
        "kind": type(optimizer).__name__,
        "settings": {name: value for name, value in optimizer.defaults.items() if value is not None},
        "weights": [places[id(value)] for value in weights],
        "state": optimizer.state_dict(),
    }


class HostedOptimizer:
    """An optimizer that was handed out."""

    def __init__(self, optimizer: torch.optim.Optimizer):
        self.owned = optimizer

    def load(self, state: dict) -> None:
        """Take over the state in which the other side has left it."""
        self.owned.load_state_dict(state)


class RemoteOptimizer(torch.optim.Optimizer):
    """What a stand-in for an optimizer of the other side has beside its own kind.

    remote_number  which optimizer of the other side
    """

    remote_number: int


def stand_in_for(number: int, more: dict, stand_ins: dict[int, nn.Module]) -> RemoteOptimizer:
    """Return an optimizer of the same kind, settings and state on the stand-ins of the lent networks."""
    kind = _KINDS[more["kind"]]
    weights = [stand_ins[n].get_parameter(name) for n, name in more["weights"]]
    optimizer = type(kind.__name__, (kind, RemoteOptimizer), {})(weights, **more["settings"])
    optimizer.remote_number = number
    optimizer.load_state_dict(more["state"])
    return optimizer
