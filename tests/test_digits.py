"""MNIST in memory: the data folder, what is damaged, and the digits that stand in."""

import gzip
import hashlib

import numpy as np
import pytest
import torch

from helpers.data import load_mnist, mnist, mnist_note, mnist_source
from helpers.data.web import Unreachable


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch, tmp_path):
    """Forget what was loaded before, and keep the network and the account's cache out of it."""
    mnist._found.cache_clear()
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))

    def unreachable(address):
        raise Unreachable(address)

    monkeypatch.setattr(mnist, "download", unreachable)
    yield
    mnist._found.cache_clear()


def files(split, count):
    """Return the two files of a split with counting pictures, as MNIST has them."""
    images = np.arange(count * 784, dtype=np.uint32).astype(np.uint8)
    header = np.array((0x803, count, 28, 28), dtype=">i4").tobytes()
    labels = np.array((0x801, count), dtype=">i4").tobytes() + (np.arange(count) % 10).astype(np.uint8).tobytes()
    return dict(zip(mnist._names(split), (header + images.tobytes(), labels), strict=True))


@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "_SIZES", {"train": 40, "test": 20})
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for split, count in (("train", 40), ("test", 20)):
        for name, content in files(split, count).items():
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder


def test_the_data_folder_is_read_packed_or_not(raw):
    packed = load_mnist("train")
    assert packed.images.shape == (40, 1, 28, 28) and packed.images.dtype == torch.float32
    assert (packed.images.min(), packed.images.max()) == (0, 1) and packed.labels[:11].tolist() == [*range(10), 0]
    assert mnist_source() == "MNIST digits from the data folder."
    assert mnist_note() == ""
    for path in raw.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    mnist._found.cache_clear()
    assert torch.equal(load_mnist("train").images, packed.images)


def test_a_damaged_or_missing_file_is_named(raw):
    path = raw / "train-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    with pytest.raises(ValueError, match="train-images-idx3-ubyte.gz is damaged"):
        load_mnist("train")
    path.write_bytes(gzip.compress(gzip.decompress(content)[:-5]))
    with pytest.raises(ValueError, match="train images are damaged: 31371 bytes"):
        load_mnist("train")
    path.unlink()
    with pytest.raises(FileNotFoundError, match="has neither train-images-idx3-ubyte nor"):
        load_mnist("train")


def test_small_digits_stand_in_and_say_so():
    train, test = load_mnist("train"), load_mnist("test")
    assert (len(train.images), len(test.images)) == (1437, 360) and train.images.shape[1:] == (1, 28, 28)
    assert train.images.min() >= 0 and train.images.max() <= 1 and train.images[..., :4].max() == 0
    assert set(train.labels.tolist()) == set(range(10))
    assert "standing in" in mnist_source() and "stand in for MNIST's" in mnist_note()


def test_a_download_is_checked_and_kept(monkeypatch):
    from torchvision.datasets import MNIST

    monkeypatch.setattr(mnist, "_SIZES", {"train": 40, "test": 20})
    contents = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files("test", 20).items()}
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in contents.items()]
    monkeypatch.setattr(MNIST, "resources", sums)
    asked = []

    def download(address):
        asked.append(address)
        return contents[address.rpartition("/")[2]]

    monkeypatch.setattr(mnist, "download", download)
    assert len(load_mnist("test").images) == 20 and len(asked) == 2
    mnist._found.cache_clear()
    assert len(load_mnist("test").images) == 20 and len(asked) == 2
    monkeypatch.setattr(MNIST, "resources", [(name, "0" * 32) for name, _ in sums])
    mnist._found.cache_clear()
    with pytest.raises(ValueError, match="does not fit torchvision's checksum"):
        load_mnist("test")


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="expected 'train' or 'test'"):
        load_mnist("validation")
