"""Two processes that call each other's functions and networks over a channel, one request inside another.

Both sides run this. A function or a network never crosses: the other side gets a stand-in, and its calls come back as
requests. Each side can be asked only about what it has handed out itself.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from instructor.grading.split.channel import Channel, WireError
from instructor.grading.split.errors import rebuilt, told
from instructor.grading.split.modules import (
    HostedModule,
    Kept,
    RemoteModule,
    describe,
    differentiable,
    load_state,
    state_of,
)
from instructor.grading.split.optimizers import HostedOptimizer, RemoteOptimizer, describe_optimizer, stand_in_for
from instructor.grading.split.wire import Handle, Packer, Unpacker

Request = dict[str, Any]


class RemoteFunction:
    """Stands for a function of the other side.

    folder  one that the function may write to, where that is known
    """

    def __init__(self, peer: "Peer", number: int):
        self._peer, self.remote_number, self.folder = peer, number, peer.folder

    def __call__(self, *args, **kwargs):
        return self._peer.call(self.remote_number, args, kwargs)


class Peer:
    """One end of the conversation.

    channel  to the other side
    asked    operations that the other side may ask for besides those on handles: name -> (request) -> value
    note     called with each message that wants no answer
    folder   that the other side may write to, where that is known
    """

    def __init__(
        self,
        channel: Channel,
        asked: dict[str, Callable[[Request], Any]],
        note: Callable[[dict], None],
        folder: Path | None = None,
    ):
        self._channel, self._note, self.folder = channel, note, folder
        self._asked = asked | {
            "call": self._on_call, "forward": self._on_forward, "backward": self._on_backward,
            "gradient": self._on_gradient,
        }  # fmt: skip
        self._numbers = itertools.count(1)
        self._ids = itertools.count(1)
        self._open: list[int] = []  # questions of ours that wait for their answer
        self._mine: dict[int, Any] = {}
        self._stand_ins: dict[int, Any] = {}
        self._kept: dict[int, Kept] = {}

    # -- asking

    def ask(self, operation: str, **values) -> Any:
        """Ask the other side; answer what it asks meanwhile. Raises its error, rebuilt, where it raised one."""
        number = next(self._ids)
        self._open.append(number)
        self._send({"ask": operation, "id": number}, values)
        return self._until_answered(number)

    def _until_answered(self, number: int) -> Any:
        while True:
            message, values = self._receive()
            if "ask" in message:
                self._answer(message, values)
                continue
            if message.get("id") != number:
                raise WireError("an answer to another question")
            self._open.remove(number)
            if message.get("raised"):
                raise rebuilt(values)
            return values["value"]

    def drain(self) -> None:
        """Read up to the answer of the question that was left open first, and refuse what is asked meanwhile."""
        while self._open:
            message, _ = self._channel.receive()
            if "ask" in message:
                self._send({"id": message.get("id"), "raised": True}, told(KeyboardInterrupt()))
            elif message.get("id") == self._open[0]:
                self._open.clear()

    def call(self, number: int, args: tuple, kwargs: dict, **more) -> Any:
        """Call a function of the other side. Tensors that it changes in place are changed here too."""
        self._hand_out_networks(args)
        answer = self.ask("call", number=number, args=args, kwargs=kwargs, **more)
        for place, value in answer["changed"]:
            _change(args[place], value)
        self._take_back(answer["states"])
        if answer["error"] is not None:
            raise rebuilt(answer["error"])
        return answer["value"]

    def forget(self) -> None:
        """Let go of all that was handed out or kept; stand-ins of before must not be used any more."""
        self._mine.clear()
        self._stand_ins.clear()
        self._kept.clear()

    # -- answering

    def serve_one(self) -> None:
        """Wait for one request and answer it. Raises EOFError at the end."""
        message, values = self._receive()
        if "ask" not in message:
            raise WireError("an answer without a question")
        self._answer(message, values)

    def _answer(self, message: dict, values: Request) -> None:
        operation, number = message["ask"], message.get("id")
        try:
            if operation not in self._asked:
                raise WireError(f"there is no operation {operation!r}")
            value = self._asked[operation](values)
        except (WireError, OSError, EOFError):
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            self._send({"id": number, "raised": True}, told(error))
            return
        self._send({"id": number}, {"value": value})

    def _on_call(self, request: Request) -> dict:
        function, args, kwargs = self._handed_out(request["number"]), request["args"], request["kwargs"]
        before = [value.clone() if isinstance(value, torch.Tensor) else None for value in args]
        value = error = None
        try:
            value = self.run_function(function, args, kwargs, request)
        except (WireError, OSError, EOFError):
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = told(raised)
        changed = [
            (place, value_now)
            for place, (old, value_now) in enumerate(zip(before, args, strict=True))
            if old is not None and not _same(old, value_now)
        ]
        if isinstance(value, torch.Tensor) and value.requires_grad:
            value = self._keep(value)
        return {"value": value, "error": error, "changed": changed, "states": self._states(args)}

    def run_function(self, function: Callable, args, kwargs, request: Request) -> Any:
        """Call a function that was handed out; a side with surroundings of its own overrides this."""
        return function(*args, **kwargs)

    def _keep(self, value: torch.Tensor) -> "Kept":
        kept = Kept(next(self._numbers), value.detach(), value, [])
        self._kept[kept.number] = kept
        return kept

    def _states(self, args) -> list:
        """Return what a call has left in the networks and optimizers that were lent to it."""
        networks = [(value.remote_number, state_of(value)) for value in args if isinstance(value, RemoteModule)]
        optimizers = [value for value in args if isinstance(value, RemoteOptimizer)]
        return networks + [(value.remote_number, value.state_dict()) for value in optimizers]

    def _take_back(self, states: list) -> None:
        for number, state in states:
            owned = self._mine.get(number)
            if isinstance(owned, (HostedModule, HostedOptimizer)):
                owned.load(state)

    def _on_forward(self, request: Request) -> dict:
        hosted = self._handed_out(request["number"])
        answer, output, wanted = hosted.forward(request)
        if output is not None:
            kept = self._keep(output)
            kept.wanted.extend(wanted)
            answer["graph"] = kept.number
        return answer

    def _on_backward(self, request: Request) -> list:
        kept = self._kept[request["graph"]]
        return _gradients(kept.output, kept.wanted, request["grad"])

    def _on_gradient(self, request: Request) -> list:
        """Return the gradient of a kept result for every weight that the other side has lent."""
        lent = [each for each in self._stand_ins.values() if isinstance(each, RemoteModule)]
        weights = [(each.remote_number, name, value) for each in lent for name, value in each.named_parameters()]
        found = _gradients(self._kept[request["graph"]].output, [value for *_, value in weights], request["grad"])
        return [(number, name, grad) for (number, name, _), grad in zip(weights, found, strict=True)]

    # -- values

    def _send(self, message: dict, values: Any) -> None:
        packer = Packer(self._handle_of)
        form = packer.pack(values)
        self._channel.send(message | {"values": form}, packer.blobs)

    def _receive(self) -> tuple[dict, Any]:
        while True:
            message, blobs = self._channel.receive()
            if "note" not in message:
                return message, Unpacker(blobs, self._stand_in).unpack(message.get("values"))
            self._note(message["note"])

    def note(self, content: dict) -> None:
        """Send a message that wants no answer."""
        self._channel.send({"note": content})

    def _handle_of(self, value) -> Handle | None:
        if isinstance(value, (RemoteFunction, RemoteModule, RemoteOptimizer)):
            return Handle("yours", value.remote_number, {})
        if isinstance(value, Kept):
            return Handle("kept", value.number, {"value": value.value})
        if isinstance(value, nn.Module) and not isinstance(value, nn.ParameterDict):
            return Handle("module", self._hand_out(value, HostedModule), describe(value))
        if isinstance(value, torch.optim.Optimizer):
            networks = {n: each.module for n, each in self._mine.items() if isinstance(each, HostedModule)}
            more = describe_optimizer(value, networks)
            return Handle("optimizer", self._hand_out(value, HostedOptimizer), more)
        if callable(value) and not isinstance(value, nn.ParameterDict):
            return Handle("function", self._hand_out(value, None), {"kind": type(value).__name__})
        return None

    def _hand_out_networks(self, args: tuple) -> None:
        """Number the networks among the arguments first: an optimizer beside them speaks of their weights."""
        for value in args:
            if isinstance(value, nn.Module) and not isinstance(value, RemoteModule):
                self._hand_out(value, HostedModule)

    def _hand_out(self, value, host: type | None) -> int:
        for number, known in self._mine.items():
            if known is value or getattr(known, "owned", None) is value:
                return number
        number = next(self._numbers)
        self._mine[number] = value if host is None else host(value)
        return number

    def _handed_out(self, number: int) -> Any:
        if number not in self._mine:
            raise WireError(f"there is no object {number}")
        return self._mine[number]

    def _stand_in(self, handle: Handle) -> Any:
        number, more = handle.number, handle.more
        if handle.kind == "yours":
            owned = self._handed_out(number)
            return getattr(owned, "owned", owned)
        if handle.kind == "kept":
            return differentiable(self, number, more["value"], self._lent_weights())
        if handle.kind == "function":
            return type(str(more["kind"]), (RemoteFunction,), {})(self, number)
        known = self._stand_ins.get(number)
        if isinstance(known, RemoteModule):
            load_state(known, more["state"])
        elif isinstance(known, RemoteOptimizer):
            known.load_state_dict(more["state"])
        elif handle.kind == "module":
            self._stand_ins[number] = RemoteModule(self, number, more)
        elif handle.kind == "optimizer":
            self._stand_ins[number] = stand_in_for(number, more, self._stand_ins)
        else:
            raise WireError(f"a handle of kind {handle.kind!r}")
        return self._stand_ins[number]

    def _lent_weights(self) -> dict[tuple[int, str], nn.Parameter]:
        hosted = {n: each.module for n, each in self._mine.items() if isinstance(each, HostedModule)}
        return {(n, name): value for n, module in hosted.items() for name, value in module.named_parameters()}


def _gradients(output: torch.Tensor, wanted: list[torch.Tensor], grad: torch.Tensor) -> list[torch.Tensor | None]:
    places = [place for place, value in enumerate(wanted) if value.requires_grad]
    found = torch.autograd.grad(
        output, [wanted[place] for place in places], grad.to(output), retain_graph=True, allow_unused=True
    )
    by_place = dict(zip(places, found, strict=True))
    return [by_place.get(place) for place in range(len(wanted))]


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _change(value: torch.Tensor, now: torch.Tensor) -> None:
    if isinstance(value, torch.Tensor) and isinstance(now, torch.Tensor):
        value.data = now.to(value)
