"""Weights that the course ships, put into a network of the same architecture: the student's or our own."""

import json
from pathlib import Path

import torch
from torch import nn

from helpers.cache import load_widened
from helpers.networks import mnist
from helpers.networks.transfer import OtherArchitecture, copy_weights

FOLDER = Path(__file__).resolve().parents[1] / "weights" / "mnist"
# What a network is called with: pictures, then class and time where it takes them
_INPUTS = {
    "UnconditionalUNet": (),
    "TimeConditionalUNet": (torch.tensor([0.2, 0.7]),),
    "ClassConditionalUNet": (torch.eye(mnist.CLASSES)[[3, 8]], torch.tensor([0.2, 0.7])),
}


def shipped_epochs(name: str) -> list[int]:
    """Return the epochs after which the weights of a model are shipped, the last one last."""
    return sorted(int(path.stem.rpartition("_")[2]) for path in FOLDER.glob(f"{name}_??.safetensors"))


def load_shipped(name: str, epoch: int | None = None) -> nn.Module:
    """Return our own network with shipped weights, in float32 and evaluation mode.

    name   one_step, time, time_mended, class or flow
    epoch  one of `shipped_epochs(name)`; default: the last
    Raises ValueError for a name or an epoch that is not shipped.
    """
    epochs = shipped_epochs(name)
    epoch = epochs[-1] if epoch is None and epochs else epoch
    if epoch not in epochs:
        raise ValueError(f"There are no shipped weights of {name!r} after epoch {epoch}; there are epochs {epochs}.")
    state, settings = load_widened(FOLDER / f"{name}_{epoch:02d}.safetensors")
    network = getattr(mnist, settings["network"])(1, int(settings["width"]))
    network.load_state_dict(state)
    return network.eval()


def load_shipped_into(network: nn.Module, name: str, epoch: int | None = None) -> None:
    """Put shipped weights into a network that calls the same layers, whatever they are named.

    Raises OtherArchitecture where it does not.
    """
    shipped = load_shipped(name, epoch)
    place = next(network.parameters())
    source = torch.Generator().manual_seed(0)
    inputs = (torch.randn(2, 1, 28, 28, generator=source), *_INPUTS[type(shipped).__name__])
    try:
        copy_weights(shipped.to(place), network, [value.to(place) for value in inputs], mnist.JOINED)
    except OtherArchitecture as error:
        raise OtherArchitecture(f"The shipped weights of {name!r} do not fit this network: {error}.") from error


def shipped_measurements() -> dict:
    """Return what training/measure_mnist.py measured of the shipped models, by model and epoch."""
    return json.loads((FOLDER / "measured.json").read_text(encoding="utf-8"))


def shipped_losses(name: str) -> list[float]:
    """Return the training loss of a shipped model, a mean of each ten steps."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["losses"]
