"""What crosses between the trusted side and a student's process, and what is refused."""

import math
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from notebook_grader.runner.channel import LARGEST, Channel, WireError
from notebook_grader.runner.wire import Handle, Opaque, Packer, Unpacker


@pytest.fixture
def channels():
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(5), other.settimeout(5)
        yield Channel(one), Channel(other)


def crossed(value):
    packer = Packer()
    form = packer.pack(value)
    return Unpacker([memoryview(bytearray(blob)) for blob in packer.blobs], lambda handle: handle).unpack(form)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -2.5, "ä", [1, [2, "x"]], (1, 2), {"a": 1, 2: [None]}, Path("a/b.pt"), float("inf"), 2**80],
)
def test_plain_values_arrive_as_they_were(value):
    assert crossed(value) == value and type(crossed(value)) in (type(value), type(Path()))


def test_not_a_number_stays_one():
    assert math.isnan(crossed(float("nan")))


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64]
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (4, 1, 2)])
def test_a_tensor_arrives_with_dtype_and_shape(dtype, shape):
    tensor = (10 * torch.randn(shape)).to(dtype)
    got = crossed(tensor)
    assert got.dtype == dtype and got.shape == tensor.shape and torch.equal(got, tensor)


def test_a_tensor_with_a_gradient_or_in_another_order_arrives_as_plain_numbers():
    tensor = torch.randn(3, 4, requires_grad=True).T
    assert torch.equal(crossed(tensor), tensor) and not crossed(tensor).requires_grad


@pytest.mark.parametrize("value", [np.arange(6.0).reshape(2, 3), np.float32(2.5), np.array([], dtype="int16")])
def test_an_array_arrives_as_an_array(value):
    got = crossed(value)
    assert isinstance(got, np.ndarray) and got.dtype == value.dtype and np.array_equal(got, value)


def test_an_object_arrives_as_nothing_but_the_name_of_its_class():
    class Liar(list):
        def __eq__(self, other):
            return True

    class Thing:
        pass

    thing = crossed(Thing())
    assert isinstance(thing, Opaque) and type(thing).__name__ == "Thing" and thing != 2
    assert crossed(Liar([1])) == [1] and crossed(Liar([1])) != [2]


def test_lists_without_end_are_cut():
    endless = []
    endless.append(endless)
    crossed(endless)


@pytest.mark.parametrize(
    "form",
    [
        {"$": "tensor", "dtype": "float32", "shape": [1000], "blob": 0},
        {"$": "tensor", "dtype": "float32", "shape": [-1], "blob": 0},
        {"$": "tensor", "dtype": "float32", "shape": ["4"], "blob": 0},
        {"$": "tensor", "dtype": "object", "shape": [4], "blob": 0},
        {"$": "tensor", "dtype": "float32", "shape": [4], "blob": 7},
        {"$": "array", "dtype": "O", "shape": [2], "blob": 0},
        {"$": "list", "items": 5},
        {"$": "dict", "pairs": [[{"$": "list", "items": []}, 1]]},
        {"$": "handle", "kind": 5, "number": 1, "more": {"$": "dict", "pairs": []}},
        {"$": "pickle", "blob": 0},
        {"$": "opaque", "kind": "x" * 5000},
        {"no": "kind"},
        [1, 2],
    ],
)
def test_a_damaged_form_is_refused(form):
    with pytest.raises(WireError):
        Unpacker([memoryview(b"0123456789abcdef")], lambda handle: handle).unpack(form)


def test_a_handle_says_what_it_names():
    packer = Packer(lambda value: Handle("function", 3, {"kind": "abs"}) if value is abs else None)
    got = Unpacker([], lambda handle: handle).unpack(packer.pack([abs]))
    assert got == [Handle("function", 3, {"kind": "abs"})]


def test_a_message_and_its_parts_arrive_whole(channels):
    here, there = channels
    here.send({"ask": "x"}, [b"abc", b""])
    assert there.receive() == ({"ask": "x"}, [b"abc", b""])


@pytest.mark.parametrize(
    "content",
    [
        struct.pack(">II", 2**31, 0),
        struct.pack(">II", 2, 2**20),
        struct.pack(">IIQ", 2, 1, LARGEST + 1),
        struct.pack(">II", 3, 0) + b"{]}",
        struct.pack(">II", 2, 0) + b"[]",
        struct.pack(">II", 20_000, 0) + b"[" * 20_000,
    ],
)
def test_a_message_that_is_too_large_or_damaged_is_refused(content):
    one, other = socket.socketpair()
    with one, other:
        other.sendall(content)
        with pytest.raises(WireError):
            Channel(one).receive()


def test_the_end_of_the_other_side_is_told(channels):
    here, there = channels
    there.close()
    with pytest.raises(EOFError):
        here.receive()


def test_silence_ends_at_the_limit(channels):
    here, _ = channels
    here.limit(0.05)
    with pytest.raises(TimeoutError):
        here.receive()
