"""Objects of libraries that cross the wall: schedulers of diffusers, generators, and apps of Gradio.

A scheduler stays with the side that made it, which sees every step; the other side gets one of the same kind and
settings whose steps go over the channel. A generator is asked for one thing after another. Of an app its description
crosses, and the functions behind its events as functions.
"""

import sys
import types
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notebook_grader.runner.peer import Peer

_SCHEDULERS = ("DDPMScheduler", "DDIMScheduler")
_MOST_STEPS = 100_000
_ASKED = ("step", "scale_model_input", "set_timesteps")  # methods of a scheduler that its owner sees


def scheduler_kind(value) -> str | None:
    """Return the name of the scheduler that a value is, None for anything else."""
    diffusers = sys.modules.get("diffusers")
    if diffusers is None:
        return None
    kinds = [kind.__name__ for kind in type(value).__mro__ if kind.__module__.startswith("diffusers.")]
    return next((kind for kind in kinds if kind in _SCHEDULERS), None)


class HostedScheduler:
    """A scheduler that was handed out: the other side calls it through here."""

    def __init__(self, scheduler):
        self.owned = scheduler

    def describe(self) -> dict:
        """Return what a stand-in needs: kind, settings, and the time steps that are set."""
        owned = self.owned
        settings = {name: value for name, value in owned.config.items() if not name.startswith("_")}
        steps = None if owned.num_inference_steps is None else owned.timesteps
        return {"kind": scheduler_kind(owned), "settings": settings, "timesteps": steps}

    def call(self, method: str, args, kwargs) -> Any:
        """Call one of its methods. Raises ValueError for one that is not for others."""
        if method not in _ASKED:
            raise ValueError(f"a scheduler is not asked for {method!r}")
        return getattr(self.owned, method)(*args, **kwargs)


class RemoteScheduler:
    """What a stand-in for a scheduler of the other side has before its own kind: its steps are done over there.

    remote_number  which scheduler of the other side
    """

    remote_peer: "Peer"
    remote_number: int

    def step(self, *args, generator=None, **kwargs):
        """Take a step over there; its noise is drawn there too, so a generator of here has no say."""
        return self.remote_peer.call_method(self.remote_number, "step", args, kwargs)

    def scale_model_input(self, *args, **kwargs):
        """Ask for what the network is to see."""
        return self.remote_peer.call_method(self.remote_number, "scale_model_input", args, kwargs)

    def set_timesteps(self, *args, device=None, **kwargs):
        """Set the time steps on both sides."""
        self.remote_peer.call_method(self.remote_number, "set_timesteps", args, kwargs)
        super().set_timesteps(*args, **kwargs)


def stand_in_for_scheduler(peer: "Peer", number: int, more: dict) -> RemoteScheduler:
    """Return a scheduler of the same kind, settings and time steps. Raises ValueError for an unknown or a huge one."""
    import diffusers

    steps = more["settings"].get("num_train_timesteps", 1000)
    if more["kind"] not in _SCHEDULERS or not 0 < steps <= _MOST_STEPS:
        raise ValueError(f"a scheduler of kind {more['kind']!r} with {steps} steps")
    kind = getattr(diffusers, more["kind"])
    scheduler = type(kind.__name__, (RemoteScheduler, kind), {})(**more["settings"])
    scheduler.remote_peer, scheduler.remote_number = peer, number
    if more["timesteps"] is not None:
        scheduler.timesteps, scheduler.num_inference_steps = more["timesteps"], len(more["timesteps"])
    return scheduler


def is_generator(value) -> bool:
    """Return whether a value hands out one thing after another."""
    return isinstance(value, (types.GeneratorType, RemoteIterator))


class RemoteIterator(Iterator):
    """Stands for a generator of the other side."""

    def __init__(self, peer: "Peer", number: int):
        self._peer, self.remote_number = peer, number

    def __next__(self):
        answer = self._peer.next_of(self.remote_number)
        if answer["is_done"]:
            raise StopIteration
        return answer["value"]

    def close(self) -> None:
        """End it over there."""
        self._peer.ask("close", number=self.remote_number)


def is_app(value) -> bool:
    """Return whether a value is an app of Gradio."""
    gradio = sys.modules.get("gradio")
    return gradio is not None and isinstance(value, gradio.Blocks)


def describe_app(app) -> dict:
    """Return the components of an app by number, kind and label, and its events with their functions."""
    parts = app.get_config_file()["components"]
    return {
        "components": [(part["id"], part["type"], part["props"].get("label")) for part in parts],
        "events": [
            {
                "number": event._id, "function": event.fn, "inputs": [part._id for part in event.inputs],
                "outputs": [part._id for part in event.outputs], "cancels": list(event.cancels or []),
                "concurrency_limit": event.concurrency_limit,
            }
            for event in app.fns.values()
        ],
        "default_concurrency_limit": app._queue.default_concurrency_limit,
    }  # fmt: skip


class RemoteApp:
    """An app of the other side, as far as its description goes; the names are those of `gradio.Blocks`."""

    def __init__(self, more: dict):
        self._components = [
            {"id": number, "type": str(kind), "props": {"label": label}} for number, kind, label in more["components"]
        ]
        self._queue = SimpleNamespace(default_concurrency_limit=more["default_concurrency_limit"])
        self.fns = {
            event["number"]: SimpleNamespace(
                _id=event["number"], fn=event["function"], cancels=event["cancels"],
                inputs=[SimpleNamespace(_id=part) for part in event["inputs"]],
                outputs=[SimpleNamespace(_id=part) for part in event["outputs"]],
                concurrency_limit=event["concurrency_limit"],
            )
            for event in more["events"]
        }  # fmt: skip

    def get_config_file(self) -> dict:
        """Return the components."""
        return {"components": self._components}
