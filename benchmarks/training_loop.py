"""Pictures a second of part B's training loop, beside the loop that notebooks commonly have.

    python benchmarks/training_loop.py digits
    python benchmarks/training_loop.py faces --threads 2 --steps 60

The peer keeps its data as pictures in a DataLoader with ToTensor and computes in float32, laid out as torch does when
nobody asks; ours is `helpers.fitting`. Both train the same network from the same start, that of chapter 10 (width 64,
batch 128) or of chapter 12 (batch 32), and take turns in one run. The loss of the last steps says whether the faster
one learns as much.
"""

import copy
import statistics
import time
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import count
from typing import Annotated, NamedTuple

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from helpers import ddpm, face_ddpm, fitting
from helpers.data import faces_source, load_faces, load_mnist, mnist_source
from helpers.networks.mnist import TimeConditionalUNet
from helpers.networks.unet import Unet
from helpers.runtime import device, generator, mend_torchvision, mixed_precision

mend_torchvision()
from torchvision.transforms import ToTensor  # noqa: E402, it fails before the repair

EPOCHS, AIM = 20, 2.5
TURN = 5  # steps
FACES = 12_000  # of an epoch, as the exercise has them


class Task(NamedTuple):
    """What is trained: pictures (N, C, H, W), where they come from, the network, and the loss of a batch."""

    images: Tensor
    source: str
    is_signed: bool  # pictures in [-1, 1] rather than [0, 1]
    batch: int
    epoch: int  # pictures
    network: nn.Module
    loss: Callable[[nn.Module, Tensor, torch.Generator], Tensor]


def digits() -> Task:
    """The digits of chapter 10."""
    schedule, images = ddpm.ddpm_schedule(), load_mnist("train").images
    network = TimeConditionalUNet()
    return Task(
        images, mnist_source(), False, 128, len(images), network,
        lambda network, x, source: ddpm.ddpm_forward(network, schedule, x, source),
    )  # fmt: skip


def faces() -> Task:
    """The faces of chapter 12."""
    schedule = face_ddpm.face_schedule()
    return Task(
        load_faces(), faces_source(), True, 32, FACES, Unet(),
        lambda network, x, source: face_ddpm.p_losses(network, schedule, x, source),
    )  # fmt: skip


class What(str, Enum):
    """The two tasks."""

    digits = "digits"
    faces = "faces"


class Pictures(Dataset):
    """Pictures as a data set keeps them: bytes that become a picture and a tensor when asked for."""

    def __init__(self, task: Task):
        values = (task.images + 1) / 2 if task.is_signed else task.images
        self.bytes = (255 * values).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        self.to_tensor, self.is_signed = ToTensor(), task.is_signed

    def __len__(self) -> int:
        return len(self.bytes)

    def __getitem__(self, place: int) -> Tensor:
        values = self.to_tensor(Image.fromarray(self.bytes[place].squeeze()))
        return 2 * values - 1 if self.is_signed else values


class Loop:
    """One way to train: a network, its optimizer, batches without end, and what its steps took and lost."""

    def __init__(self, task: Task, network: nn.Module, batches: Iterator[Tensor], around):
        self.task, self.network, self.batches, self.around = task, network.train(), batches, around
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        self.speeds: list[float] = []
        self.losses: list[float] = []

    def turn(self, steps: int, first_step: int) -> None:
        """Take some steps; keep the pictures a second and the losses."""
        started = time.perf_counter()
        for step in range(first_step, first_step + steps):
            x = next(self.batches).to(device())
            with self.around():
                loss = self.task.loss(self.network, x, generator(step))
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.item())
        self.speeds.append(steps * self.task.batch / (time.perf_counter() - started))

    @property
    def speed(self) -> float:
        """Median pictures a second; the first turn allocates and does not count."""
        return statistics.median(self.speeds[1:] or self.speeds)


def plain_loop(task: Task, network: nn.Module) -> Loop:
    """The loop of the field's notebooks."""

    def batches() -> Iterator[Tensor]:
        while True:
            yield from DataLoader(Pictures(task), batch_size=task.batch, shuffle=True, drop_last=True)

    return Loop(task, network, batches(), lambda: torch.autocast(device().type, enabled=False))


def our_loop(task: Task, network: nn.Module) -> Loop:
    """The loop of `helpers.fitting.fit`."""
    held = fitting.Batches(network, [task.images])
    batches = (x for epoch in count() for (x,) in held.epoch(task.batch, seed=epoch))
    return Loop(task, network, batches, mixed_precision)


def main(
    what: Annotated[What, typer.Argument(help="What to train.")] = What.digits,
    steps: Annotated[int, typer.Option(min=TURN, help="Of each loop.")] = 60,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 2,
) -> None:
    """Let both train in turns; print speed and loss."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    task = {What.digits: digits, What.faces: faces}[what]()
    network = task.network.to(device())
    loops = {
        "DataLoader, float32": plain_loop(task, copy.deepcopy(network)),
        "ours": our_loop(task, network),
    }
    for first_step in range(0, steps, TURN):
        for loop in loops.values():
            loop.turn(TURN, first_step)
    table = Table("loop", "pictures a second", f"{EPOCHS} epochs", f"loss of the last {TURN} steps")
    for name, loop in loops.items():
        minutes = EPOCHS * task.epoch / loop.speed / 60
        table.add_row(name, f"{loop.speed:.1f}", f"{minutes:.0f} min", f"{statistics.mean(loop.losses[-TURN:]):.4f}")
    console = Console()
    console.print(f"{task.source} {threads} threads, {device()}")
    console.print(table)
    plain, ours = loops.values()
    console.print(f"ours : plain = {ours.speed / plain.speed:.2f}" + (f" (aim: {AIM})" if what is What.digits else ""))


if __name__ == "__main__":
    typer.run(main)
