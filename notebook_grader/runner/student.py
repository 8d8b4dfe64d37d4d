"""A student's process: it runs the cells, and lets the trusted side call what they define.

No test ever enters it. It may send whatever it likes: the trusted side takes it as the student's answer.
"""

import random
import select
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from helpers.denoisers import answering
from helpers.sampling import closed_while_checking
from notebook_grader.runner.channel import Channel
from notebook_grader.runner.peer import Peer, Request
from notebook_grader.runner.shell import Shell


class StudentPeer(Peer):
    """The student's end of the conversation."""

    def __init__(self, channel: Channel):
        super().__init__(
            _Uninterrupted(channel), {"run": self._on_run, "find": self._on_find, "forget": self._on_forget}, _ignore
        )
        self._shell = Shell(self.note)

    def serve(self) -> None:
        """Answer until the trusted side hangs up."""
        while True:
            try:
                self.serve_one()
            except KeyboardInterrupt:  # it came between two requests
                continue
            except _Gone:
                return

    def _on_run(self, request: Request) -> dict:
        return self._shell.run(request["source"], request["in_history"])

    def _on_find(self, request: Request) -> Any:
        """Return what the notebook has under a name."""
        return {"found": request["name"] in self._shell.names, "value": self._shell.names.get(request["name"])}

    def _on_forget(self, _: Request) -> None:
        self.forget()

    def run_function(self, function, args, kwargs, request: Request):
        """Call a function of the student's as a check asks for it: random sources, closed functions, the world."""
        if request["seed"] is not None:
            torch.manual_seed(request["seed"])
            np.random.seed(request["seed"] % 2**32)
            random.seed(request["seed"])
        world = self._world(request["timesteps"]) if request["world"] else nullcontext()
        try:
            with world, self._networks(request["networks"]), closed_while_checking(*request["closed"]):
                return function(*args, **kwargs)
        finally:
            self._shell.flush()

    @contextmanager
    def _world(self, timesteps: list[int] | None):
        """Let the trusted side answer what the notebook's U-Net is asked."""
        if "stage_1" not in self._shell.names:
            raise NameError("name 'stage_1' is not defined")
        stage_1 = self._shell.names["stage_1"]
        with answering(stage_1, lambda x_t, t, embeds: self.ask("world", x_t=x_t, t=t, prompt_embeds=embeds).to(x_t)):
            if timesteps is not None:
                stage_1.scheduler.set_timesteps(timesteps=timesteps)
            yield

    @contextmanager
    def _networks(self, networks: dict[str, Callable]):
        """Let the trusted side answer what the networks of the notebook's pipelines are asked."""
        lacking = [name for name in networks if name not in self._shell.names]
        if lacking:
            raise NameError(f"name {lacking[0]!r} is not defined")
        replaced = [(self._shell.names[name].unet, forward) for name, forward in networks.items()]
        for unet, forward in replaced:
            unet.forward = forward
        try:
            yield
        finally:
            for unet, _ in replaced:
                del unet.forward


class _Gone(BaseException):
    """The trusted side has hung up. No student's code may take it for an error of its own."""


class _Uninterrupted:
    """A channel whose messages are whole: an interrupt that arrives meanwhile waits."""

    def __init__(self, channel: Channel):
        self._channel = channel

    def send(self, message: dict, blobs: list[bytes] | None = None) -> None:
        with _still_there(), _no_interrupt():
            self._channel.send(message, blobs)

    def receive(self):
        with _still_there():
            select.select([self._channel], [], [])  # here an interrupt ends the student's code that waits for an answer
            with _no_interrupt():
                return self._channel.receive()


@contextmanager
def _still_there():
    try:
        yield
    except (OSError, EOFError):
        raise _Gone from None


@contextmanager
def _no_interrupt():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ignore(_: dict) -> None:
    pass


def serve(channel: Channel) -> None:
    """Be a student's process until the other side hangs up."""
    from helpers.runtime import stand_in_for_cuda

    stand_in_for_cuda()
    random.seed(0), np.random.seed(0), torch.manual_seed(0)  # the same start for everybody
    sys.setrecursionlimit(1000)
    StudentPeer(channel).serve()
