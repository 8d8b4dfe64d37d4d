"""The training loop around a student's training step: batches from memory, progress, checkpoints, going on.

Numbers that make it fast (benchmarks/training_loop.py): the data lie in memory and on the device, pictures are laid
out channels last where the network is wide, and where the processor has it the step runs in bfloat16.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from helpers import runtime
from helpers.cache import cache_folder, save_checkpoint
from helpers.networks.shipped import load_shipped_into, shipped_epochs, shipped_losses
from helpers.sampling.closing import taught_in

EACH = 10  # steps in one point of the loss curve
POCKET_STEPS = EACH  # that are trained beyond shipped weights
_WIDE = 32  # channels; channels last makes narrower networks slower
_DRIVE = Path("/content/drive/MyDrive")  # Google Drive on Colab, once it is mounted: it outlives the runtime


class Run(NamedTuple):
    """A run of training.

    name    of the run
    losses  means of ten steps each
    """

    name: str
    losses: list[float]

    @property
    def steps(self) -> list[int]:
        """The step after which each loss was measured."""
        return [EACH * (place + 1) for place in range(len(self.losses))]

    @property
    def last_loss(self) -> float:
        """The mean loss of the last hundred steps."""
        last = self.losses[-100 // EACH :]
        return sum(last) / len(last)


def fit(
    name: str, network: nn.Module, step: Callable[..., float], optimizer, data: Sequence[Tensor], *, batch_size: int,
    epochs: int, scheduler=None, seed: int = 0, print_every: int = 0,
) -> Run:  # fmt: skip
    """Train a network for some epochs, or go on with a run of that name that was cut off.

    name        of the run, and of the shipped weights that COURSE_PROFILE=pocket begins with
    step        called with the tensors of a batch, such as pictures (B, 1, 28, 28) and labels (B,); does one optimizer
                step, returns the loss
    data        tensors of equal length, pictures first, such as `load_mnist()`
    scheduler   stepped after each epoch
    seed        of the order of the pictures
    print_every  steps between two lines with the loss; 0 prints none beside the progress bar
    Returns the losses. Raises ValueError where the data have fewer pictures than a batch.
    """
    if len(data[0]) < batch_size:
        raise ValueError(f"There are {len(data[0])} pictures; a batch takes {batch_size}. Choose a smaller batch_size.")
    if runtime.profile() == "pocket" and shipped_epochs(name):
        _as_after(epochs, scheduler)
        return _a_few_steps_more(name, network, step, data, batch_size, seed)
    path, per_epoch = _checkpoint(name), len(data[0]) // batch_size
    parts = [part for part in (network, optimizer, scheduler) if part is not None]
    first, losses = _resume(path, parts, epochs)
    batches = Batches(network, data)
    with tqdm(total=epochs * per_epoch, initial=first * per_epoch, desc=name, file=sys.stdout, leave=False) as bar:
        for epoch in range(first, epochs):
            for place, batch in enumerate(batches.epoch(batch_size, seed + epoch), 1):
                losses.append(_loss_of(step, *batch))
                bar.update()
                if print_every and len(losses) % print_every == 0:
                    bar.write(
                        f"step {len(losses):5}   loss {sum(losses[-print_every:]) / print_every:.4f}", file=sys.stdout
                    )
                if place % EACH == 0:
                    bar.set_postfix(epoch=f"{epoch + 1}/{epochs}", loss=f"{sum(losses[-EACH:]) / EACH:.4f}")
            if scheduler is not None:
                scheduler.step()
            _save(path, epoch + 1, losses, parts)
    return Run(name, means_of_ten(losses))


@taught_in(9)
def gradient_step(loss: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Take one step of an optimizer down a loss; return the loss as a number. Taught in chapter 9."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _as_after(epochs: int, scheduler) -> None:
    """Bring the learning rate to where a whole run leaves it; a larger one would spoil weights that are trained."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # the optimizer has not made a step yet
        for _ in range(epochs if scheduler else 0):
            scheduler.step()


def _a_few_steps_more(name: str, network, step, data, batch_size: int, seed: int) -> Run:
    """Begin with shipped weights and show that the step works on them."""
    load_shipped_into(network, name)
    network.train()
    batches = Batches(network, data)
    endless = chain.from_iterable(batches.epoch(batch_size, seed + epoch) for epoch in count())
    losses = [_loss_of(step, *batch) for batch in islice(endless, POCKET_STEPS)]
    print(
        f"Profile pocket: weights trained for {shipped_epochs(name)[-1]} epochs, then {POCKET_STEPS} steps here with a "
        f"mean loss of {sum(losses) / len(losses):.4f}. COURSE_PROFILE=colab trains in full."
    )
    return Run(name, [*shipped_losses(name), *means_of_ten(losses)])


class Batches:
    """Batches that lie on the network's device, both in the layout that is fastest."""

    def __init__(self, network: nn.Module, data: Sequence[Tensor]):
        self.device = next(network.parameters()).device
        width = next((each.shape[0] for each in network.parameters() if each.ndim == 4), 0)  # of its first convolution
        self.layout = torch.channels_last if width >= _WIDE else torch.contiguous_format
        network.to(memory_format=self.layout)  # pyright: ignore[reportCallIssue]  # torch's types leave this way out
        self.parts = [each.to(self.device) for each in data]

    def epoch(self, size: int, seed: int) -> Iterator[list[Tensor]]:
        """Yield the whole batches of an epoch, in an order that the seed decides."""
        order = torch.randperm(len(self.parts[0]), generator=runtime.generator(seed)).to(self.device)
        for rows in order.split(size):
            if len(rows) == size:
                images, *others = (part[rows] for part in self.parts)
                yield [images.contiguous(memory_format=self.layout), *others]


def _loss_of(step: Callable[..., float], *batch: Tensor) -> float:
    with runtime.mixed_precision():
        return float(step(*batch))


def _checkpoint(name: str) -> Path:
    """Return where a run is kept: on the mounted Drive on Colab, else in the cache."""
    folder = _DRIVE / "from-noise" if _DRIVE.is_dir() else cache_folder("runs")
    return folder / f"{name}.pt"


def _save(path: Path, epoch: int, losses: list[float], parts: list) -> None:
    save_checkpoint({"epoch": epoch, "losses": losses, "parts": [part.state_dict() for part in parts]}, path)


def _resume(path: Path, parts: list, epochs: int) -> tuple[int, list[float]]:
    """Load the last checkpoint; return the number of epochs that are done, and the losses so far."""
    if not path.is_file():
        return 0, []
    state = torch.load(path, map_location="cpu", weights_only=True)
    if len(state["parts"]) != len(parts) or state["epoch"] > epochs:
        raise ValueError(f"The run in {path} is another one. Delete the file to begin anew.")
    for part, kept in zip(parts, state["parts"], strict=True):
        part.load_state_dict(kept)
    print(f"Going on after epoch {state['epoch']} of {epochs}, from {path}. Delete that file to begin anew.")
    return state["epoch"], state["losses"]


def means_of_ten(losses: list[float]) -> list[float]:
    """Return the mean of each ten losses."""
    return [sum(losses[at : at + EACH]) / EACH for at in range(0, len(losses) - EACH + 1, EACH)]
