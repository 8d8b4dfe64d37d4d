"""The trusted side of a student's process: it runs cells there, and tests here.

A test calls the student's functions over the channel; what the student's code asks of the denoiser comes back the same
way and is answered here. Whatever happens over there ends as a `CellRun`.
"""

import builtins
import contextlib
import io
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import torch

from helpers.checks.report import CheckFailed
from helpers.checks.student_function import own_frames
from helpers.denoisers.world import read_call
from helpers.sampling import closed_names
from notebook_grader.runner.cell_run import CellRun
from notebook_grader.runner.channel import Channel, WireError
from notebook_grader.runner.outputs import Collector
from notebook_grader.runner.peer import Peer, Request

Pipelines = Mapping[str, Callable[[], Any]]  # cached functions: what was not asked for is not loaded

_GRACE = 2.0  # seconds that a cell has to end after an interrupt


class Process(Protocol):
    """The process at the other end of a channel; `folder` is the one that it may write to."""

    channel: Channel
    folder: Path
    peak_mb: float | None

    def interrupt(self) -> None: ...

    def kill(self) -> None: ...


class _Stopped(BaseException):
    """The student's process took too long or is gone. No check may catch it."""

    def __init__(self, status: str):
        self.status = status


class Student:
    """A student's process, from here.

    process  at the other end
    ours     returns the pipelines behind whose networks checks put their worlds, by the names that notebooks give them
    """

    def __init__(self, process: Process, ours: Pipelines):
        self._process, self._ours = process, ours
        self._channel = _Timed(process.channel)
        self._peer = _TrustedPeer(self._channel, ours, self._show, process.folder)
        self._collector = Collector()
        self.is_alive = True

    def run(self, source: str, limit: float, in_history: bool = True) -> CellRun:
        """Run a cell over there.

        limit       seconds after which it is interrupted, and killed where that does not help
        in_history  whether the cell's text appears in `In`, where later cells can read it
        """

        def cell() -> tuple[str, tuple | None]:
            answer = self._peer.ask("run", source=source, in_history=in_history)
            return _status(answer)

        return self._timed(cell, limit)

    def judge(self, source: str, limit: float, given: Mapping[str, Any]) -> CellRun:
        """Run a test here. Names that are not given are looked up over there.

        given  what the released set-up cells define for tests: the checks
        """

        def test() -> tuple[str, tuple | None]:
            printed = _Printed(self._show)
            try:
                with contextlib.redirect_stdout(printed):
                    exec(compile(source, "<test>", "exec"), _Names(given, self._find))
            except (Exception, SystemExit) as error:
                self._failure = error if isinstance(error, CheckFailed) else None
                return "error", _error(error)
            return "ok", None

        run = self._timed(test, limit)
        self._forget()
        return run

    def _forget(self) -> None:
        """Let go, on both sides, of what the test has handed over. A process that does not is ended."""
        if self.is_alive:
            self._channel.deadline = monotonic() + _GRACE
            try:
                self._peer.ask("forget")
            except _Stopped:
                self.close()
        self._peer.forget()

    @property
    def peak_mb(self) -> float | None:
        """Most memory that the process had; known once it has ended."""
        return self._process.peak_mb

    def close(self) -> None:
        """End the process and all that it started, at once."""
        self._process.kill()
        self._process.channel.close()
        self.is_alive = False

    def _timed(self, work: Callable[[], tuple[str, tuple | None]], limit: float) -> CellRun:
        started = monotonic()
        self._collector, self._failure = Collector(), None
        if not self.is_alive:
            return CellRun("died", [], None, 0.0)
        self._channel.deadline = started + limit
        try:
            status, error = work()
        except _Stopped as stopped:
            status, error = stopped.status, None
            self._stop(stopped.status)
        return CellRun(status, self._collector.outputs, error, monotonic() - started, self._failure)

    def _stop(self, status: str) -> None:
        """Interrupt what takes too long; kill what does not heed it, or what is dead already."""
        if status == "timeout":
            self._process.interrupt()
            self._channel.deadline = monotonic() + _GRACE
            with contextlib.suppress(_Stopped):
                self._peer.drain()
                return
        self.close()

    def _find(self, name: str) -> Any:
        """Return what a test means by a name that it was not given: our pipeline, or what the student has there."""
        if name in self._ours:
            return self._ours[name]()
        answer = self._peer.ask("find", name=name)
        if not answer["found"]:
            raise NameError(f"name {name!r} is not defined")
        return answer["value"]

    def _show(self, message: dict) -> None:
        with contextlib.suppress(Exception):  # whatever a student's process calls an output
            self._collector.add(message | {"header": {"msg_type": message["msg_type"]}})


class _TrustedPeer(Peer):
    """The trusted end of the conversation."""

    def __init__(self, channel: "_Timed", ours: Pipelines, note: Callable[[dict], None], folder: Path):
        super().__init__(channel, {"world": self._on_world}, note, folder)
        self._ours = ours

    def surroundings(self) -> dict:
        """Return the seed that the check has set, the worlds that it has put in place, and what it has closed."""
        is_open, timesteps = self._world_is_open(), None
        if is_open:
            scheduler = self._ours["stage_1"]().scheduler
            timesteps = scheduler.timesteps.tolist() if getattr(scheduler, "custom_timesteps", False) else None
        return {
            "seed": torch.initial_seed(), "closed": sorted(closed_names()), "world": is_open, "timesteps": timesteps,
            "networks": self._networks(),
        }  # fmt: skip

    def next_of(self, number: int) -> dict:
        """Go on with a student's generator, whose random numbers go on as well."""
        return self.ask("next", number=number, **self.surroundings() | {"seed": None})

    def _until_answered(self, number: int, given) -> Any:
        with _whole():
            return super()._until_answered(number, given)

    def drain(self) -> None:
        """Read up to the answer of the question that was left open first."""
        with _whole():
            super().drain()

    def _answer(self, message: dict, blobs: list) -> None:
        with _whole():
            super()._answer(message, blobs)

    def _world_is_open(self) -> bool:
        stage_1 = self._ours["stage_1"]
        return stage_1.cache_info().currsize > 0 and stage_1().unet.world is not None

    def _networks(self) -> dict[str, Callable]:
        """Return what a check lets the networks of pipelines answer, by the pipeline's name in the notebook."""
        used = {name: load() for name, load in self._ours.items() if load.cache_info().currsize}
        return {name: each.unet.forward for name, each in used.items() if "forward" in vars(each.unet)}

    def _on_world(self, request: Request) -> torch.Tensor:
        """Answer what the student's code asks of the denoiser."""
        world = self._ours["stage_1"]().unet.world
        if world is None:
            raise RuntimeError("the denoiser answers only while a check calls")
        answer = world(*read_call(request["x_t"], request["t"], request["prompt_embeds"]))
        return answer if isinstance(answer, torch.Tensor) else answer.sample


@contextlib.contextmanager
def _whole():
    """Have done with a process whose messages do not keep to the form."""
    try:
        yield
    except WireError:
        raise _Stopped("died") from None


class _Timed:
    """A channel with a deadline; beyond it, and where the other side is gone, it raises _Stopped."""

    def __init__(self, channel: Channel):
        self._channel, self.deadline = channel, 0.0

    def send(self, message: dict, blobs: list[bytes] | None = None) -> None:
        self._within(lambda: self._channel.send(message, blobs))

    def receive(self):
        return self._within(self._channel.receive)

    def _within(self, work: Callable):
        left = self.deadline - monotonic()
        if left <= 0:
            raise _Stopped("timeout")
        self._channel.limit(left)
        try:
            return work()
        except TimeoutError:
            raise _Stopped("timeout") from None
        except (EOFError, OSError, WireError):
            raise _Stopped("died") from None


class _Names(dict):
    """The namespace of a test: what is given, Python's own names, and for the rest what the student has."""

    def __init__(self, given: Mapping[str, Any], find: Callable[[str], Any]):
        super().__init__(given)
        self._find = find

    def __missing__(self, name: str):
        if hasattr(builtins, name):
            raise KeyError(name)
        return self._find(name)


class _Printed(io.TextIOBase):
    """Puts what a check prints among the outputs."""

    def __init__(self, show: Callable[[dict], None]):
        self._show = show

    def write(self, text: str) -> int:
        self._show({"msg_type": "stream", "content": {"name": "stdout", "text": text}})
        return len(text)


def _status(answer: Any) -> tuple[str, tuple | None]:
    """Read the reply to a cell, which anything may have written."""
    if isinstance(answer, dict) and answer.get("status") == "ok":
        return "ok", None
    found = answer.get("error") if isinstance(answer, dict) else None
    name, text, lines = found if isinstance(found, list) and len(found) == 3 else ("Error", "", [])
    lines = [str(line) for line in lines] if isinstance(lines, list) else []
    return "error", (str(name), str(text), lines)


def _error(error: BaseException) -> tuple[str, str, list[str]]:
    """Return name, text and lines of what a test raised: a check's report, else the lines of the student's own code."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, CheckFailed):
        return name, text, text.split("\n")
    brought = own_frames(error) if hasattr(error, "own_frames") else []
    lines = [f"line {frame.lineno}, in {frame.name}\n{textwrap.indent(frame.line or '', '    ')}" for frame in brought]
    return name, text, [*lines, f"{name}: {text}"]
