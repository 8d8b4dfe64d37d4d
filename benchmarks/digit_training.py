"""Pictures a second of the digit models' training loop, beside the loop that notebooks commonly have.

    python benchmarks/digit_training.py
    python benchmarks/digit_training.py --threads 2 --steps 60

The peer keeps the digits as pictures in a DataLoader with ToTensor and computes in float32, laid out as torch does when
nobody asks; ours is `helpers.fitting`. Both train the network of chapter 10, width 64, batch 128, from the same start,
and take turns in one run. The loss after the last step says whether the faster one learns as much.
"""

import copy
import statistics
import time
from collections.abc import Iterator
from typing import Annotated

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from helpers import ddpm, fitting
from helpers.data.mnist import Digits, load_mnist, mnist_source
from helpers.networks.mnist import TimeConditionalUNet
from helpers.runtime import device, generator, mend_torchvision, mixed_precision

mend_torchvision()
from torchvision.transforms import ToTensor  # noqa: E402, it fails before the repair

BATCH, EPOCHS, AIM = 128, 20, 2.5
TURN = 5  # steps


class Pictures(Dataset):
    """Digits as `torchvision.datasets.MNIST` keeps them: bytes that become a picture and a tensor when asked for."""

    def __init__(self, digits: Digits):
        self.bytes, self.labels = (255 * digits.images[:, 0]).round().to(torch.uint8).numpy(), digits.labels.tolist()
        self.to_tensor = ToTensor()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self.to_tensor(Image.fromarray(self.bytes[place])), self.labels[place]


class Loop:
    """One way to train: a network, its optimizer, batches without end, and what its steps took and lost."""

    def __init__(self, network: nn.Module, batches: Iterator, around):
        self.network, self.batches, self.around = network.train(), batches, around
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        self.schedule = ddpm.ddpm_schedule()
        self.speeds: list[float] = []
        self.losses: list[float] = []

    def turn(self, steps: int, first_step: int) -> None:
        """Take some steps; keep the pictures a second and the losses."""
        started = time.perf_counter()
        for step in range(first_step, first_step + steps):
            x, _ = next(self.batches)
            with self.around():
                loss = ddpm.ddpm_forward(self.network, self.schedule, x.to(device()), generator(step))
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.item())
        self.speeds.append(steps * BATCH / (time.perf_counter() - started))


def plain_loop(network: nn.Module, digits: Digits) -> Loop:
    """The loop of the field's notebooks."""

    def batches() -> Iterator:
        while True:
            yield from DataLoader(Pictures(digits), batch_size=BATCH, shuffle=True, drop_last=True)

    return Loop(network, batches(), lambda: torch.autocast(device().type, enabled=False))


def our_loop(network: nn.Module, digits: Digits) -> Loop:
    """The loop of `helpers.fitting.fit`."""
    held = fitting.Batches(network, digits)

    def batches() -> Iterator:
        epoch = 0
        while True:
            yield from held.epoch(BATCH, seed=epoch)
            epoch += 1

    return Loop(network, batches(), mixed_precision)


def main(
    steps: Annotated[int, typer.Option(min=TURN, help="Of each loop.")] = 60,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 2,
) -> None:
    """Let both train in turns; print speed and loss."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    digits, network = load_mnist("train"), TimeConditionalUNet().to(device())
    loops = {"DataLoader, float32": plain_loop(copy.deepcopy(network), digits), "ours": our_loop(network, digits)}
    for first_step in range(0, steps, TURN):
        for loop in loops.values():
            loop.turn(TURN, first_step)
    table = Table("loop", "pictures a second", "20 epochs", f"loss of the last {TURN} steps")
    for name, loop in loops.items():
        loop.speeds = loop.speeds[1:] or loop.speeds  # the first turn allocates
        speed = statistics.median(loop.speeds)
        minutes = EPOCHS * len(digits.images) / speed / 60
        table.add_row(name, f"{speed:.1f}", f"{minutes:.0f} min", f"{statistics.mean(loop.losses[-TURN:]):.4f}")
    console = Console()
    console.print(f"{mnist_source()} {threads} threads, {device()}")
    console.print(table)
    plain, ours = (statistics.median(loop.speeds) for loop in loops.values())
    console.print(f"ours : plain = {ours / plain:.2f} (aim: {AIM})")


if __name__ == "__main__":
    typer.run(main)
