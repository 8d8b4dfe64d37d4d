"""How a check calls a student's function.

A check hands in plain tensors, numbers and strings and gets plain tensors back. It reads no globals, frames or types of
the student's code, so the same check can run beside that code or on the other side of a process boundary.
"""

import random
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
import torch
from torch import nn

from helpers.checks.report import CheckFailed
from helpers.sampling import FinishedFunctionClosed, closed_while_checking

# Error that right answers show on numbers near 1, by the precision in which they were computed, times about ten.
_PRECISION = {torch.float16: 1e-2, torch.bfloat16: 5e-2}
_FULL_PRECISION = 5e-5
_HELPERS = str(Path(__file__).parents[1])


class Answer(NamedTuple):
    """What a student's function returned: float64 on the CPU, and the error that its dtype allows near 1."""

    value: torch.Tensor
    tolerance: float


class StudentFunction:
    """One function of the student's, called so that whatever goes wrong is reported as a failed check.

    exercise  name of the exercise, for the report
    function  the student's function
    closed    finished functions of the course that the function must not call while it is checked, beside its own
    """

    def __init__(self, exercise: str, function: Callable, closed: tuple[str, ...] = ()):
        if not callable(function):
            raise CheckFailed(exercise, f"the check was given a {type(function).__name__}", expected="your function")
        self.exercise, self._function, self._closed = exercise, function, (exercise, *closed)

    def fail(self, symptom: str, **details) -> NoReturn:
        """Raise CheckFailed for this exercise."""
        raise CheckFailed(self.exercise, symptom, **details)

    def call(self, *args, seed: int = 0, **kwargs) -> Answer:
        """Call the function with every usual random source at `seed` and return its answer as numbers.

        Raises CheckFailed where the function raises, returns nothing, no numbers, or NaN.
        """
        answer = self.unchecked(*args, seed=seed, **kwargs)
        if not bool(torch.isfinite(answer.value).all()):
            self.fail("the answer holds NaN or infinity", expected="finite numbers")
        return answer

    def unchecked(self, *args, seed: int = 0, **kwargs) -> Answer:
        """Do what `call` does, but let NaN and infinity through."""
        return self._numbers(self._result(args, kwargs, seed))

    def picture(self, *args, shape: tuple[int, ...], seed: int = 0, **kwargs) -> Answer:
        """Call the function and require an answer of a shape."""
        answer = self.call(*args, seed=seed, **kwargs)
        if tuple(answer.value.shape) != tuple(shape):
            self.fail(
                "the answer has another shape than the picture",
                expected=f"shape {tuple(shape)}",
                got=f"shape {tuple(answer.value.shape)}",
            )
        return answer

    def number(self, *args, seed: int = 0) -> Answer:
        """Call the function and require a single number."""
        answer = self.call(*args, seed=seed)
        if answer.value.numel() != 1:
            self.fail("the answer is not a single number", got=f"shape {tuple(answer.value.shape)}")
        return Answer(answer.value.reshape(()), answer.tolerance)

    def module(self, *args, seed: int = 0) -> nn.Module:
        """Call the function and require a network or a layer, which is handed back as it is."""
        answer = self._result(args, {}, seed)
        if not isinstance(answer, nn.Module):
            self.fail(f"the function returned {_kind(answer)}", expected="a module, such as nn.Sequential(...)")
        return answer

    def loss(self, *args, seed: int = 0) -> torch.Tensor:
        """Call the function and require a single number that can be differentiated, handed back as it is."""
        answer = self._result(args, {}, seed)
        value = self._numbers(answer).value
        if value.numel() != 1:
            self.fail("the answer is not a single number", got=f"shape {tuple(value.shape)}")
        if not (isinstance(answer, torch.Tensor) and answer.requires_grad):
            self.fail("the loss cannot be differentiated", expected="a tensor: no .item(), no .detach(), no no_grad")
        return answer.reshape(())

    def _result(self, args, kwargs, seed: int):
        before = [value.clone() if isinstance(value, torch.Tensor) else value for value in args]
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)
        random.seed(seed)
        try:
            with closed_while_checking(*self._closed):
                result = self._function(*args, **kwargs)
        except NotImplementedError as error:
            called = _unwritten(error)
            symptom = f"it calls `{called}`, which is not written yet" if called else "nothing is written here yet"
            raise CheckFailed(self.exercise, symptom, expected="your code in place of the line that raises") from error
        except FinishedFunctionClosed as error:
            raise CheckFailed(self.exercise, str(error)) from error
        except (Exception, SystemExit) as error:
            raise CheckFailed(
                self.exercise,
                f"the function stopped with {type(error).__name__}: {error}",
                got=f"{_place(error)}, called with {', '.join(_kind(value) for value in args)}",
            ) from error
        for old, new in zip(before, args, strict=True):
            if isinstance(old, torch.Tensor) and not torch.equal(old, new):
                self.fail("the function changed its argument in place", expected="a new tensor, the argument untouched")
        return result

    def _numbers(self, result) -> Answer:
        if result is None:
            self.fail("the function returned nothing", expected="a return statement at its end")
        try:
            tensor = torch.as_tensor(result).detach()
            value = tensor.to("cpu", torch.float64)
        except (TypeError, ValueError, RuntimeError):
            self.fail(f"the function returned {_kind(result)}", expected="a tensor or a number")
        return Answer(value, _PRECISION.get(tensor.dtype, _FULL_PRECISION))


@contextmanager
def scratch_folder(function: Callable) -> Iterator[Path]:
    """Yield a folder that a function may write to: one of its own process, where it runs in another one."""
    folder = getattr(function, "folder", None)
    if folder is not None:
        yield folder
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)


def own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames of an error that are no library's, the deepest last.

    An error that came from another process brings them along, as `own_frames`.
    """
    if hasattr(error, "own_frames"):
        return error.own_frames
    frames = traceback.extract_tb(error.__traceback__)
    libraries = ("site-packages", "dist-packages", _HELPERS)  # the second is Colab's
    return [frame for frame in frames if not any(library in frame.filename for library in libraries)]


def _place(error: BaseException) -> str:
    """Return the line of the student's code at which an error arose: the deepest that is no library's."""
    own = own_frames(error)
    return f"at line {own[-1].lineno}, `{own[-1].line}`" if own else "before its first line"


def _unwritten(error: NotImplementedError) -> str | None:
    """Return the name of another function of the student's whose body is still to be written, or None."""
    own = own_frames(error)
    return own[-1].name if len(own) > 1 and own[-1].name != own[0].name else None


def _kind(value) -> str:
    """Return a short description of a value: its type, and for a tensor dtype and shape."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return f"a {type(value).__name__} of shape {tuple(value.shape)}"
    return repr(value) if isinstance(value, (int, float, str)) else f"a {type(value).__name__}"
