"""MNIST: 60,000 + 10,000 handwritten digits (LeCun et al. 1998), as tensors that live in memory."""

import functools
import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import interpolate, pad

from helpers import runtime
from helpers.cache import cache_folder
from helpers.data.sources import Found, Source, data_folder, first_of, package_folder
from helpers.data.web import Unreachable, download

SIDE = 28
_SIZES = {"train": 60_000, "test": 10_000}
_PREFIXES = {"train": "train", "test": "t10k"}
_STAND_IN_SIDE = 20  # pixels that a digit of MNIST fills, in the middle of its 28
_STAND_IN_TEST = 5  # every fifth digit of the stand-in is for the test set


class Digits(NamedTuple):
    """Pictures and what they show.

    images  (N, 1, 28, 28) float32 in [0, 1], white on black
    labels  (N,) int64, 0 .. 9
    """

    images: torch.Tensor
    labels: torch.Tensor


def load_mnist(split: str = "train") -> Digits:
    """Return the 60,000 digits to train on, or the 10,000 to test with.

    split  "train" or "test"
    Raises ValueError for another split, or for files that are damaged.
    """
    if split not in _SIZES:
        raise ValueError(f"There is no split {split!r} of MNIST; expected 'train' or 'test'.")
    return _found(split).data


def mnist_source() -> str:
    """Return one sentence on where the digits come from."""
    return _found("train").line


def mnist_note() -> str:
    """Return what a figure of these digits has to say: nothing, or that others stand in for MNIST's."""
    return "Digits of scikit-learn stand in for MNIST's." if _found("train").is_stand_in else ""


@functools.lru_cache(maxsize=2)
def _found(split: str) -> Found[Digits]:
    sources = [
        Source("the data folder", lambda: _in_data_folder(split)),
        Source("torchvision's mirrors", lambda: _downloaded(split)),
    ]
    return first_of("MNIST digits", sources, Source("scikit-learn's 1,797 small digits", lambda: _small_digits(split)))


def _in_data_folder(split: str) -> Digits | None:
    folder = data_folder("MNIST")
    if folder is None:
        return None
    images, labels = (_content(folder / "raw", name) for name in _names(split))
    return _digits(images, labels, split)


def _names(split: str) -> tuple[str, str]:
    prefix = _PREFIXES[split]
    return f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"


def _content(folder: Path, name: str) -> bytes:
    """Return a file of MNIST as it lies there, or unpacked from its .gz."""
    if (folder / name).is_file():
        return (folder / name).read_bytes()
    packed = folder / f"{name}.gz"
    if not packed.is_file():
        raise FileNotFoundError(f"{folder} has neither {name} nor {name}.gz. Put the four files of MNIST there.")
    return _unpacked(packed.read_bytes(), packed)


def _unpacked(content: bytes, path: Path) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise ValueError(f"{path} is damaged: {error}. Delete it and get it again.") from error


def _downloaded(split: str) -> Digits | None:
    """Return the digits from the cache, which torchvision's mirrors fill; None where no mirror can be reached."""
    runtime.mend_torchvision()
    from torchvision.datasets import MNIST

    checksums = dict(MNIST.resources)
    contents = []
    for name in _names(split):
        path = cache_folder("mnist") / f"{name}.gz"
        content = path.read_bytes() if path.is_file() else _from_mirrors(path.name, MNIST.mirrors)
        if content is None:
            return None
        if hashlib.md5(content).hexdigest() != checksums[path.name]:
            raise ValueError(f"{path} does not fit torchvision's checksum. Delete it and get it again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        contents.append(_unpacked(content, path))
    images, labels = contents
    return _digits(images, labels, split)


def _from_mirrors(name: str, mirrors: list[str]) -> bytes | None:
    for mirror in mirrors:
        try:
            return download(f"{mirror}{name}")
        except Unreachable:
            return None  # no network: the other mirror would take as long to say so
        except OSError:
            continue
    return None


def _digits(images: bytes, labels: bytes, split: str) -> Digits:
    """Return what stands in MNIST's two files, the format of yann.lecun.com/exdb/mnist."""
    count = _SIZES[split]
    shapes = {"images": (0x803, count, SIDE, SIDE), "labels": (0x801, count)}
    arrays = []
    for (what, shape), content in zip(shapes.items(), (images, labels), strict=True):
        header = np.array(shape, dtype=">i4").tobytes()
        if not content.startswith(header) or len(content) != len(header) + np.prod(shape[1:]):
            raise ValueError(f"MNIST's {split} {what} are damaged: {len(content)} bytes. Get the file again.")
        arrays.append(np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape[1:]))
    return Digits(
        torch.from_numpy(arrays[0] / np.float32(255)).unsqueeze(1), torch.from_numpy(arrays[1].astype("int64"))
    )


def _small_digits(split: str) -> Digits:
    """Return the 8 x 8 digits that the scikit-learn wheel carries, enlarged to 20 of 28 pixels as in MNIST."""
    path = package_folder("sklearn") / "datasets" / "data" / "digits.csv.gz"
    rows = torch.from_numpy(np.loadtxt(path, delimiter=",", dtype=np.float32))
    is_test = torch.arange(len(rows)) % _STAND_IN_TEST == 0
    rows = rows[is_test if split == "test" else ~is_test]
    small = rows[:, :-1].reshape(-1, 1, 8, 8) / 16
    large = interpolate(small, size=_STAND_IN_SIDE, mode="bicubic", align_corners=False).clamp(0, 1)
    return Digits(pad(large, [(SIDE - _STAND_IN_SIDE) // 2] * 4), rows[:, -1].long())
