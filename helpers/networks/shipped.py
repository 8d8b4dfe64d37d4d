"""Weights that the course ships, put into a network of the same architecture: the student's or our own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from helpers.cache import load_widened
from helpers.networks import mnist
from helpers.networks.transfer import OtherArchitecture, copy_weights
from helpers.networks.unet import Unet
from helpers.weights import SHIPPED, registry, weights

DIGITS, FACES = "mnist", "manga"  # the folders of weights, by what the networks draw


class _Kind(NamedTuple):
    """What has to be known of an architecture to carry its weights over."""

    pictures: tuple[int, ...]  # shape of those it is called with
    others: tuple[Tensor, ...]  # class and time, where it takes them
    joined: Sequence[int]  # its convolutions that read a skip connection, where a student may join the other way round


_KINDS = {
    "UnconditionalUNet": _Kind((2, 1, 28, 28), (), mnist.JOINED),
    "TimeConditionalUNet": _Kind((2, 1, 28, 28), (torch.tensor([0.2, 0.7]),), mnist.JOINED),
    "ClassConditionalUNet": _Kind(
        (2, 1, 28, 28), (torch.eye(mnist.CLASSES)[[3, 8]], torch.tensor([0.2, 0.7])), mnist.JOINED
    ),
    "Unet": _Kind((2, 3, 32, 32), (torch.tensor([7, 90]),), ()),
}


def shipped_epochs(name: str) -> list[int]:
    """Return the epochs after which the weights of a model are shipped, the last one last."""
    entry = _entry(name)
    files = [Path(file) for file in registry()[entry].files] if entry else []
    return sorted(int(file.stem.rpartition("_")[2]) for file in files if file.suffix == ".safetensors")


def load_shipped(name: str, epoch: int | None = None) -> nn.Module:
    """Return our own network with shipped weights, in float32 and evaluation mode.

    name   of digits: one_step, time, time_mended, class, flow; of faces: the jobs of training/manga.yaml
    epoch  one of `shipped_epochs(name)`; default: the last
    Raises ValueError for a name or an epoch that is not shipped.
    """
    epochs = shipped_epochs(name)
    epoch = epochs[-1] if epoch is None and epochs else epoch
    if epoch not in epochs:
        raise ValueError(f"There are no shipped weights of {name!r} after epoch {epoch}; there are epochs {epochs}.")
    state, settings = load_widened(weights(_entry(name)) / f"{name}_{epoch:02d}.safetensors")
    if "dim" in settings:
        network = Unet(int(settings["dim"]), json.loads(settings["dim_mults"]), 3)
    else:
        network = getattr(mnist, settings["network"])(1, int(settings["width"]))
    network.load_state_dict(state)
    return network.eval()


def load_shipped_into(network: nn.Module, name: str, epoch: int | None = None) -> None:
    """Put shipped weights into a network that calls the same layers, whatever they are named.

    Raises OtherArchitecture where it does not.
    """
    shipped = load_shipped(name, epoch)
    device, kind = next(network.parameters()).device, _KINDS[type(shipped).__name__]
    inputs = (torch.randn(kind.pictures, generator=torch.Generator().manual_seed(0)), *kind.others)
    try:
        copy_weights(shipped.to(device), network, [value.to(device) for value in inputs], kind.joined)
    except OtherArchitecture as error:
        raise OtherArchitecture(f"The shipped weights of {name!r} do not fit this network: {error}.") from error


def shipped_measurements(drawing: str = DIGITS) -> dict:
    """Return what was measured of the shipped models by training/measuring/mnist.py, by model and epoch.

    drawing  "mnist" for the digits
    """
    return json.loads((SHIPPED / drawing / "measured.json").read_text(encoding="utf-8"))


def shipped_losses(name: str) -> list[float]:
    """Return the training loss of a shipped model, a mean of each ten steps."""
    return json.loads((weights(_entry(name)) / f"{name}.json").read_text(encoding="utf-8"))["losses"]


def _entry(name: str) -> str | None:
    """Return the name of a network's weights in the registry; None where it has none."""
    return next((f"{drawing}_{name}" for drawing in (DIGITS, FACES) if f"{drawing}_{name}" in registry()), None)
