"""What the trainer trains: a network, its batches and its loss. Each model's module has one class of jobs."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from helpers.fitting import means_of_ten
from helpers.runtime import mixed_precision
from training.config import Config, run_folder
from training.export import save_halved
from training.measuring.record import Record


class Run(Protocol):
    """What an export reads of a run: training.trainer.Trainer has it."""

    folder: Path
    losses: list[float]
    step: int

    @property
    def hours(self) -> float:
        """Processor time of the run so far."""

    def averaged(self) -> AbstractContextManager[nn.Module]:
        """Put the averaged weights into the network."""


class Job:
    """A network to train, with its settings.

    settings  the class of the settings
    tiny      settings of a network and a run small enough for a test
    weights   the folder that `export` writes to; None = not shipped yet
    network   all that a checkpoint holds; its parameters that require a gradient are trained
    """

    settings: ClassVar[type[Config]]
    tiny: ClassVar[dict[str, Any]]
    weights: Path | None = None
    steps_in_epoch = 1  # where pictures are drawn at random, a step is an epoch

    def __init__(self, config: Config, network: nn.Module) -> None:
        self.config, self.network = config, network

    @classmethod
    def load(cls, config: Config, data: Path) -> Job:
        """Return the job with the pictures of a data folder, which COURSE_DATA names, too."""
        return cls(config, data)

    def begin(self) -> str:
        """Do what a new run does before its first step; return a line that says so, or nothing."""
        return ""

    def batch(self, step: int, rng: np.random.Generator) -> Sequence[Tensor]:
        """Return the tensors of a step, pictures first."""
        raise NotImplementedError

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the "loss" to go down, and what else a line of progress is to tell."""
        raise NotImplementedError

    def precision(self) -> AbstractContextManager:
        """Return a context in which products are computed as the settings say."""
        return mixed_precision() if self.config.mixed_precision == "bf16" else nullcontext()

    def samples(self) -> Image.Image | None:
        """Return a grid of samples of the network as it is, None where there is nothing to see."""
        return None

    def export(self, run: Run, weights: Path) -> None:
        """Write the averaged weights of a run as the course ships them."""
        raise NotImplementedError


class EpochJob(Job):
    """A job that goes through tensors of equal length epoch by epoch, in an order that follows from (seed, epoch)."""

    def __init__(self, config: Config, network: nn.Module, data: Sequence[Tensor]) -> None:
        super().__init__(config, network)
        self.data = data

    @property
    def steps_in_epoch(self) -> int:
        """Whole batches of the training set; the rest of an epoch is left out."""
        return len(self.data[0]) // self.config.batch_size

    def batch(self, step: int, rng: np.random.Generator) -> list[Tensor]:
        """Return the rows of a step."""
        epoch, place = divmod(step, self.steps_in_epoch)
        rows = self._order(epoch)[place * self.config.batch_size : (place + 1) * self.config.batch_size]
        return [each[rows] for each in self.data]

    @functools.lru_cache(maxsize=1)  # noqa: B019, one job lives as long as its process
    def _order(self, epoch: int) -> Tensor:
        generator = torch.Generator().manual_seed(1000 * self.config.seed + epoch)
        return torch.randperm(len(self.data[0]), generator=generator)

    def export(self, run: Run, weights: Path) -> None:
        """Write the networks of the shown epochs in half precision, settings in the header, and the losses on the way.

        weights  the folder to write to: NAME_05.safetensors, NAME.json
        """
        weights.mkdir(parents=True, exist_ok=True)
        name = self.config.name
        for epoch in self.config.shown_epochs:
            header = {key: str(value) for key, value in vars(self.config).items()} | {"epoch": str(epoch)}
            save_halved(load_epoch(run.folder, epoch), weights / f"{name}_{epoch:02d}.safetensors", header)
        write_losses(run, weights / f"{name}.json")


def mirrored(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Return pictures (B, C, H, W) of which every other one, at random, is mirrored."""
    chosen = torch.rand((len(pictures), 1, 1, 1), generator=generator).to(pictures) < 0.5
    return torch.where(chosen, pictures.flip(-1), pictures)


def write_losses(run: Run, path: Path) -> None:
    """Write the means of ten steps' losses each, and how long the run was."""
    losses = [round(loss, 5) for loss in means_of_ten(run.losses)]
    text = json.dumps({"losses": losses, "steps": run.step, "hours": round(run.hours, 2)})
    path.write_text(text + "\n", encoding="utf-8")


def keep_length(run: Run, weights: Path) -> None:
    """Write into the record of the weights how long the run was that made them."""
    record = Record(weights / "measured.json")
    record.keep(("run", "steps"), run.step)
    record.keep(("run", "hours"), round(run.hours, 2))


def epoch_file(folder: Path, epoch: int) -> Path:
    """Return where a run keeps the network that it had after an epoch."""
    return folder / f"epoch_{epoch:02d}.pt"


def load_epoch(folder: Path, epoch: int) -> dict[str, Tensor]:
    """Return the weights that a run had after an epoch. Raises FileNotFoundError where it has not come so far."""
    path = epoch_file(folder, epoch)
    if not path.is_file():
        raise FileNotFoundError(f"The run in {folder} has not reached epoch {epoch}. Train it first, or go on with it.")
    return torch.load(path, map_location="cpu", weights_only=True)


def load_last_epoch(config: Config) -> dict[str, Tensor]:
    """Return the weights that the whole run of another job has ended with."""
    return load_epoch(run_folder(config.name), config.epochs)
