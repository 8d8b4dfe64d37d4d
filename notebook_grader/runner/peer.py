"""Two processes that call each other's functions and networks over a channel, one request inside another.

Both sides run this. A function or a network never crosses: the other side gets a stand-in, and its calls come back as
requests. Each side can be asked only about what it has handed out itself. Where a tensor with a gradient goes over with
a call, what comes back can be differentiated in it.
"""

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from helpers.checks.unet2d import with_history
from notebook_grader.runner.channel import Channel, WireError
from notebook_grader.runner.errors import rebuilt, told
from notebook_grader.runner.gradients import Differentiable, Given, Kept, Key, gradients
from notebook_grader.runner.lent import HostedScheduler, is_generator
from notebook_grader.runner.modules import HostedModule, RemoteModule, state_of, weights_of
from notebook_grader.runner.objects import Objects
from notebook_grader.runner.wire import Handle, Packer, Unpacker

Request = dict[str, Any]


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
            "call": self._on_call, "forward": self._on_forward, "method": self._on_method, "next": self._on_next,
            "close": self._on_close, "gradients": self._on_gradients,
        }  # fmt: skip
        self._graphs = itertools.count(1)
        self._ids = itertools.count(1)
        self._open: list[int] = []  # questions of ours that wait for their answer
        self._objects = Objects(self)
        self._kept: dict[int, Kept] = {}

    # -- asking

    def ask(self, operation: str, **values) -> Any:
        """Ask the other side; answer what it asks meanwhile. Raises its error, rebuilt, where it raised one."""
        return self._ask(operation, values, None)

    def _ask(self, operation: str, values: dict, given: Given | None) -> Any:
        """Ask; with `given` the answer can be differentiated in what goes over."""
        number = next(self._ids)
        self._open.append(number)
        self._send({"ask": operation, "id": number}, values, given and given.handle_of)
        return self._until_answered(number, given)

    def _until_answered(self, number: int, given: Given | None) -> Any:
        while True:
            message, blobs = self._receive()
            if "ask" in message:
                self._answer(message, blobs)
                continue
            values = self._unpacked(message, blobs, partial(self._result, given))
            if message.get("id") != number:
                raise WireError("an answer to another question")
            self._open.remove(number)
            if message.get("raised"):
                raise rebuilt(values)
            return values["value"]

    def _result(self, given: Given | None, handle: Handle) -> torch.Tensor:
        if given is None or handle.kind != "kept":
            raise WireError(f"a handle of kind {handle.kind!r} in an answer")
        return given.result(self, handle.number, handle.more["value"])

    def drain(self) -> None:
        """Read up to the answer of the question that was left open first, and refuse what is asked meanwhile."""
        while self._open:
            message, _ = self._channel.receive()
            if "ask" in message:
                self._send({"id": message.get("id"), "raised": True}, told(KeyboardInterrupt()))
            elif message.get("id") == self._open[0]:
                self._open.clear()

    def call(self, number: int, args: tuple, kwargs: dict) -> Any:
        """Call a function of the other side. Tensors that it changes in place are changed here too."""
        self._objects.hand_out_networks(args)
        values = {"number": number, "args": args, "kwargs": kwargs, "grad": torch.is_grad_enabled()}
        answer = self._ask("call", values | self.surroundings(), Given(self._objects.lent_weights))
        for place, value in answer["changed"]:
            _change(args[place], value)
        self._objects.take_back(answer["states"])
        if answer["error"] is not None:
            raise rebuilt(answer["error"])
        return answer["value"]

    def forward(self, network: RemoteModule, args: tuple, kwargs: dict) -> dict:
        """Call a network of the other side, with the weights that its stand-in has now."""
        values = {"number": network.remote_number, "args": args, "kwargs": kwargs, "grad": torch.is_grad_enabled()}
        given = Given(partial(weights_of, network), is_network=True)
        return self._ask("forward", values | {"state": state_of(network)}, given)

    def call_method(self, number: int, method: str, args: tuple, kwargs: dict) -> Any:
        """Call a method of a scheduler of the other side."""
        values = {"number": number, "method": method, "args": args, "kwargs": kwargs, "grad": torch.is_grad_enabled()}
        return self._ask("method", values, Given(dict))

    def next_of(self, number: int) -> dict:
        """Ask a generator of the other side for its next thing."""
        return self.ask("next", number=number, **self.surroundings())

    def surroundings(self) -> dict:
        """Return what a function of the other side needs to know of the moment it is called in."""
        return {}

    def forget(self) -> None:
        """Let go of all that was handed out or kept; stand-ins of before must not be used any more."""
        self._objects.forget()
        self._kept.clear()

    # -- answering

    def serve_one(self) -> None:
        """Wait for one request and answer it. Raises EOFError at the end."""
        message, blobs = self._receive()
        if "ask" not in message:
            raise WireError("an answer without a question")
        self._answer(message, blobs)

    def _answer(self, message: dict, blobs: list) -> None:
        leaves: dict[Key, torch.Tensor] = {}
        values = self._unpacked(message, blobs, partial(_leaf, leaves))
        operation, number = message["ask"], message.get("id")
        try:
            if operation not in self._asked:
                raise WireError(f"there is no operation {operation!r}")
            value = self._asked[operation](values)
        except WireError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            self._send({"id": number, "raised": True}, told(error))
            return
        keep = None
        if isinstance(value, Differentiable):
            keep, value = partial(self._keep, {**leaves, **value.wanted}), value.value
        self._send({"id": number}, {"value": value}, keep)

    def _on_call(self, request: Request) -> Differentiable:
        function, args, kwargs = self._objects.handed_out(request["number"]), request["args"], request["kwargs"]
        before = [value.detach().clone() if isinstance(value, torch.Tensor) else None for value in args]
        value = error = None
        try:
            with torch.set_grad_enabled(bool(request.get("grad", True))):
                value = self.run_function(function, args, kwargs, request)
        except WireError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = told(raised)
        changed = [
            (place, value_now.detach())
            for place, (old, value_now) in enumerate(zip(before, args, strict=True))
            if old is not None and not _same(old, value_now)
        ]
        answer = {"value": value, "error": error, "changed": changed, "states": self._objects.states_of(args)}
        return Differentiable(answer, self._objects.borrowed_weights())

    def run_function(self, function: Callable, args, kwargs, request: Request) -> Any:
        """Call a function that was handed out; a side with surroundings of its own overrides this."""
        return function(*args, **kwargs)

    def _keep(self, wanted: dict[Key, torch.Tensor], value: torch.Tensor) -> Handle | None:
        """Keep the graph of a tensor that goes over in an answer."""
        if not value.requires_grad:
            return None
        number = next(self._graphs)
        self._kept[number] = Kept(value, wanted)
        return Handle("kept", number, {"value": value.detach()})

    def _on_forward(self, request: Request) -> Differentiable:
        return self._objects.handed_out(request["number"], HostedModule).forward(request)

    def _on_method(self, request: Request) -> Differentiable:
        hosted = self._objects.handed_out(request["number"], HostedScheduler)
        with torch.set_grad_enabled(bool(request["grad"])):
            return Differentiable(hosted.call(request["method"], request["args"], request["kwargs"]), {})

    def _on_next(self, request: Request) -> dict:
        """Return the next thing of a generator; like other answers that are no result of a call, without its graph."""
        generator = self._generator(request)
        try:
            return {"is_done": False, "value": self.run_function(next, (generator,), {}, request)}
        except StopIteration:
            return {"is_done": True, "value": None}

    def _on_close(self, request: Request) -> None:
        self._generator(request).close()

    def _generator(self, request: Request) -> Any:
        generator = self._objects.handed_out(request["number"])
        if not is_generator(generator):
            raise WireError("no generator")
        return generator

    def _on_gradients(self, request: Request) -> list:
        return gradients(self._kept[request["graph"]], request["grad"])

    # -- values

    def _send(self, message: dict, values: Any, with_graph: Callable[[torch.Tensor], Handle | None] | None = None):
        """Send a message with values; `with_graph` makes handles of tensors that bring or want a gradient."""

        def handle_of(value) -> Handle | None:
            if isinstance(value, torch.Tensor):
                return None if with_graph is None else with_graph(value)
            return self._objects.handle_of(value)

        packer = Packer(handle_of)
        form = packer.pack(values)
        self._channel.send(message | {"values": form}, packer.blobs)

    def _receive(self) -> tuple[dict, list]:
        """Return the next message that is no note, and its blobs."""
        while True:
            message, blobs = self._channel.receive()
            if "note" not in message:
                return message, blobs
            self._note(message["note"])

    def _unpacked(self, message: dict, blobs: list, with_graph: Callable[[Handle], torch.Tensor]) -> Any:
        """Return the values of a message; `with_graph` makes a tensor of a handle that brings or wants a gradient."""

        def stand_in(handle: Handle) -> Any:
            return with_graph(handle) if handle.kind in ("kept", "wanted") else self._objects.stand_in(handle)

        return Unpacker(blobs, stand_in).unpack(message.get("values"))

    def note(self, content: dict) -> None:
        """Send a message that wants no answer."""
        self._channel.send({"note": content})


def _leaf(leaves: dict[Key, torch.Tensor], handle: Handle) -> torch.Tensor:
    """Return a tensor of a question whose gradient is wanted, and note it."""
    if handle.kind != "wanted":
        raise WireError(f"a handle of kind {handle.kind!r} in a question")
    leaves["input", handle.number] = leaf = handle.more["value"].requires_grad_()
    return with_history(leaf) if handle.more["has_history"] else leaf


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _change(value: torch.Tensor, now: torch.Tensor) -> None:
    if isinstance(value, torch.Tensor) and isinstance(now, torch.Tensor):
        value.data = now.to(value)
