"""Values between the trusted side and a student's process: plain JSON, and raw bytes for tensors.

Nothing is unpickled, so nothing that a student's process sends is ever run. What arrives is a number, a text, a list, a
tensor, or a handle: a short name of an object that stays where it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from math import prod
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch

from notebook_grader.runner.channel import WireError

DEEPEST = 20  # lists within lists

_TENSORS = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
_ARRAYS = {name: np.dtype(name) for name in _TENSORS if name != "bfloat16"} | {
    name: np.dtype(name) for name in ("uint16", "uint32", "uint64")
}


class Opaque:
    """Stands for an object that does not cross: its class has that object's class name, and nothing else of it."""


class Output(dict):
    """What a library returns in an object of its own: the values by name, as attributes, and in order by number."""

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def __getitem__(self, key):
        return list(self.values())[key] if isinstance(key, (int, slice)) else super().__getitem__(key)


class Handle(NamedTuple):
    """A name for an object that stays in the process which sent it.

    kind    "function", "module", ...: what the other side may do with it
    number  which object of that process
    more    what else the other side needs to stand in for it
    """

    kind: str
    number: int
    more: dict


class Packer:
    """Turns values into JSON and blobs. `handle_of` names what cannot be copied, or returns None."""

    def __init__(self, handle_of: Callable[[Any], Handle | None] = lambda value: None):
        self._handle_of = handle_of
        self.blobs: list[bytes] = []

    def pack(self, value, depth: int = 0):
        """Return the JSON form of a value; its bytes are appended to `blobs`."""
        if depth > DEEPEST:
            return {"$": "opaque", "kind": type(value).__name__}
        if value is None or type(value) in (bool, int, float, str):
            return value
        handle = self._handle_of(value)
        if handle is not None:
            return {"$": "handle", "kind": handle.kind, "number": handle.number, "more": self.pack(handle.more, depth)}
        if isinstance(value, torch.Tensor) and str(value.dtype).removeprefix("torch.") in _TENSORS:
            return self._tensor(value)
        if isinstance(value, (np.ndarray, np.generic)) and str(value.dtype) in _ARRAYS:
            return self._blob("array", str(value.dtype), value.shape, np.ascontiguousarray(value).tobytes())
        return self._container(value, depth)

    def _container(self, value, depth: int):
        if isinstance(value, (list, tuple, range, set, frozenset)):
            kind = "list" if isinstance(value, list) else "tuple"
            return {"$": kind, "items": [self.pack(one, depth + 1) for one in value]}
        fields = _fields(value)
        if fields is not None:
            pairs = [[str(name), self.pack(one, depth + 1)] for name, one in fields.items()]
            return {"$": "output", "kind": type(value).__name__, "pairs": pairs}
        if isinstance(value, (Mapping, torch.nn.ParameterDict)):
            pairs = [[self.pack(key, depth + 1), self.pack(one, depth + 1)] for key, one in value.items()]
            return {"$": "dict", "pairs": pairs}
        if isinstance(value, PurePath):
            return {"$": "path", "text": str(value)}
        for kind in (bool, int, float, str):  # subclasses, such as numpy's float64 and enumerations
            if isinstance(value, kind):
                return kind(value)
        return {"$": "opaque", "kind": type(value).__name__}

    def _tensor(self, value: torch.Tensor):
        plain = value.detach().to("cpu").contiguous()
        if plain.dim() and plain.stride(-1) != 1:  # one element of an expanded tensor counts as contiguous
            plain = plain.clone(memory_format=torch.contiguous_format)
        content = plain.view(torch.uint8) if plain.dim() else plain.reshape(1).view(torch.uint8)
        name = str(plain.dtype).removeprefix("torch.")
        return self._blob("tensor", name, plain.shape, content.numpy().tobytes())

    def _blob(self, kind: str, dtype: str, shape, content: bytes):
        self.blobs.append(content)
        return {"$": kind, "dtype": dtype, "shape": list(shape), "blob": len(self.blobs) - 1}


def _fields(value) -> Mapping | None:
    """Return the values of an output object by name, None for anything else."""
    if isinstance(value, SimpleNamespace):
        return vars(value)
    return value if isinstance(value, Output) or (is_dataclass(value) and isinstance(value, Mapping)) else None


class Unpacker:
    """Turns JSON and blobs back into values. `stand_in` makes something of a handle.

    Raises WireError for whatever does not keep to the form.
    """

    def __init__(self, blobs: list[memoryview], stand_in: Callable[[Handle], Any]):
        self._blobs, self._stand_in = blobs, stand_in

    def unpack(self, form, depth: int = 0):
        """Return the value of a JSON form."""
        if form is None or isinstance(form, (bool, int, float, str)):
            return form
        if depth > 2 * DEEPEST or not isinstance(form, dict):
            raise WireError("a value without a form")
        try:
            return self._of_kind(form, depth)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, RuntimeError) as error:
            raise WireError(f"a damaged value: {error}") from None

    def _of_kind(self, form: dict, depth: int):
        kind = form.get("$")
        if kind in ("list", "tuple"):
            items = [self.unpack(one, depth + 1) for one in form["items"]]
            return items if kind == "list" else tuple(items)
        if kind == "dict":
            return {self.unpack(key, depth + 1): self.unpack(one, depth + 1) for key, one in form["pairs"]}
        if kind == "output":
            values = {_text(name): self.unpack(one, depth + 1) for name, one in form["pairs"]}
            return type(_text(form["kind"]), (Output,), {})(values)
        if kind in ("tensor", "array"):
            return self._numbers(kind, form)
        if kind == "handle":
            more = self.unpack(form["more"], depth + 1)
            return self._stand_in(Handle(_text(form["kind"]), _whole(form["number"]), more))
        if kind == "path":
            return Path(_text(form["text"]))
        if kind == "opaque":
            return type(_text(form["kind"]), (Opaque,), {})()
        raise WireError(f"a value of kind {kind!r}")

    def _numbers(self, kind: str, form: dict):
        shape = [_whole(side) for side in form["shape"]]
        content = self._blobs[_whole(form["blob"])]
        dtype = (_TENSORS if kind == "tensor" else _ARRAYS)[form["dtype"]]
        if len(content) != prod(shape) * dtype.itemsize or len(shape) > DEEPEST:
            raise WireError(f"{len(content)} bytes for a {kind} {tuple(shape)}")
        if kind == "array":
            return np.frombuffer(content, dtype=dtype).reshape(shape).copy()
        if not len(content):
            return torch.empty(shape, dtype=dtype)
        return torch.frombuffer(content, dtype=dtype).reshape(shape).clone()


def _whole(value) -> int:
    if type(value) is not int or value < 0:
        raise WireError(f"{value!r} where a count belongs")
    return value


def _text(value) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise WireError("no text where a name belongs")
    return value.replace("\x00", "") or "object"
