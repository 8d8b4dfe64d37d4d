"""What crosses as a handle: the objects that a side has handed out, and its stand-ins for those of the other side."""

import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from notebook_grader.runner.channel import WireError
from notebook_grader.runner.gradients import Key
from notebook_grader.runner.lent import (
    HostedScheduler,
    RemoteApp,
    RemoteIterator,
    RemoteScheduler,
    describe_app,
    is_app,
    is_generator,
    scheduler_kind,
    stand_in_for_scheduler,
)
from notebook_grader.runner.modules import HostedModule, RemoteModule, describe, load_state, state_of
from notebook_grader.runner.optimizers import HostedOptimizer, RemoteOptimizer, describe_optimizer, stand_in_for
from notebook_grader.runner.wire import Handle

if TYPE_CHECKING:
    from notebook_grader.runner.peer import Peer


class RemoteFunction:
    """Stands for a function of the other side.

    folder  one that the function may write to, where that is known
    """

    def __init__(self, peer: "Peer", number: int):
        self._peer, self.remote_number, self.folder = peer, number, peer.folder

    def __call__(self, *args, **kwargs):
        return self._peer.call(self.remote_number, args, kwargs)


_REMOTE = (RemoteFunction, RemoteModule, RemoteOptimizer, RemoteScheduler, RemoteIterator)


class Objects:
    """The objects of one side of a conversation.

    peer  of this side, through which stand-ins ask
    """

    def __init__(self, peer: "Peer"):
        self._peer = peer
        self._numbers = itertools.count(1)
        self._mine: dict[int, Any] = {}
        self._stand_ins: dict[int, Any] = {}

    def forget(self) -> None:
        """Let go of all that was handed out; stand-ins of before must not be used any more."""
        self._mine.clear()
        self._stand_ins.clear()

    def handle_of(self, value) -> Handle | None:
        """Return a handle for what does not cross as a value, None for what does; what is new is handed out."""
        if isinstance(value, _REMOTE):
            return Handle("yours", value.remote_number, {})
        if isinstance(value, nn.Module) and not isinstance(value, nn.ParameterDict):
            return Handle("module", self._hand_out(value, HostedModule), describe(value))
        if isinstance(value, torch.optim.Optimizer):
            more = describe_optimizer(value, self._networks())
            return Handle("optimizer", self._hand_out(value, HostedOptimizer), more)
        if scheduler_kind(value):
            number = self._hand_out(value, HostedScheduler)
            return Handle("scheduler", number, self._mine[number].describe())
        if is_generator(value):
            return Handle("generator", self._hand_out(value), {})
        if is_app(value):
            return Handle("app", self._hand_out(value), describe_app(value))
        if callable(value) and not isinstance(value, nn.ParameterDict):
            return Handle("function", self._hand_out(value), {"kind": type(value).__name__})
        return None

    def hand_out_networks(self, args: tuple) -> None:
        """Number the networks among the arguments first: an optimizer beside them speaks of their weights."""
        for value in args:
            if isinstance(value, nn.Module) and not isinstance(value, RemoteModule):
                self._hand_out(value, HostedModule)

    def _hand_out(self, value, host: type | None = None) -> int:
        for number, known in self._mine.items():
            if known is value or getattr(known, "owned", None) is value:
                return number
        number = next(self._numbers)
        self._mine[number] = value if host is None else host(value)
        return number

    def handed_out(self, number: int, kind: type = object) -> Any:
        """Return an object of this side, or its host, by its number. Raises WireError where there is none such."""
        if number not in self._mine or not isinstance(self._mine[number], kind):
            raise WireError(
                f"there is no object {number}" + (f" of kind {kind.__name__}" if kind is not object else "")
            )
        return self._mine[number]

    def stand_in(self, handle: Handle) -> Any:
        """Return what stands for an object of the other side; for one of this side, that object."""
        number, more = handle.number, handle.more
        match handle.kind:
            case "yours":
                owned = self.handed_out(number)
                return getattr(owned, "owned", owned)
            case "function":
                return type(str(more["kind"]), (RemoteFunction,), {})(self._peer, number)
            case "generator":
                return RemoteIterator(self._peer, number)
            case "scheduler":
                return stand_in_for_scheduler(self._peer, number, more)
            case "app":
                return RemoteApp(more)
            case "module" | "optimizer":
                return self._lasting(handle)
        raise WireError(f"a handle of kind {handle.kind!r}")

    def _lasting(self, handle: Handle) -> Any:
        """Return the stand-in of a network or an optimizer: the same one each time, in the state that it now has."""
        number, more = handle.number, handle.more
        known = self._stand_ins.get(number)
        if isinstance(known, RemoteModule):
            load_state(known, more["state"])
        elif isinstance(known, RemoteOptimizer):
            known.load_state_dict(more["state"])
        elif handle.kind == "module":
            self._stand_ins[number] = RemoteModule(self._peer, number, more)
        else:
            self._stand_ins[number] = stand_in_for(number, more, self._stand_ins)
        return self._stand_ins[number]

    def states_of(self, args: list) -> list:
        """Return what a call has left in the networks and optimizers of the other side among its arguments."""
        networks = [(value.remote_number, state_of(value)) for value in args if isinstance(value, RemoteModule)]
        optimizers = [value for value in args if isinstance(value, RemoteOptimizer)]
        return networks + [(value.remote_number, value.state_dict()) for value in optimizers]

    def take_back(self, states: list) -> None:
        """Give networks and optimizers of this side the states in which the other side has left them."""
        for number, state in states:
            owned = self._mine.get(number)
            if isinstance(owned, (HostedModule, HostedOptimizer)):
                owned.load(state)

    def lent_weights(self) -> dict[Key, nn.Parameter]:
        """Return the weights of the networks that were handed out."""
        return _weights(self._networks())

    def borrowed_weights(self) -> dict[Key, nn.Parameter]:
        """Return the weights of the networks that the other side has handed out, by the same keys."""
        return _weights({n: each for n, each in self._stand_ins.items() if isinstance(each, RemoteModule)})

    def _networks(self) -> dict[int, nn.Module]:
        return {n: each.module for n, each in self._mine.items() if isinstance(each, HostedModule)}


def _weights(networks: dict[int, nn.Module]) -> dict[Key, nn.Parameter]:
    return {("lent", n, name): value for n, each in networks.items() for name, value in each.named_parameters()}
