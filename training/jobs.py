"""Training runs that a list of jobs describes, one yaml file for each data set.

The order of an epoch comes from (seed, epoch) and the noise of a step from (seed, step): a run that was killed goes on
exactly as if it had not been, from whatever step was saved last.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from helpers.cache import save_checkpoint
from helpers.fitting import means_of_ten
from helpers.runtime import mixed_precision
from training.config import ROOT
from training.export import save_halved

RUNS = ROOT / "build" / "training"
CHECKPOINT = "checkpoint.pt"
# Settings that may change while a run goes on
_FREE = ("threads", "log_every", "save_every", "channels_last", "shown_epochs", "mixed_precision")

Loss = Callable[[nn.Module, Sequence[Tensor], torch.Generator], Tensor]


def load_job(path: Path, name: str) -> dict[str, Any]:
    """Return the settings of a job of a yaml file, the common ones included. Raises ValueError for an unknown job."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    if name not in config["jobs"]:
        raise ValueError(f"There is no job {name!r} in {path.name}; expected one of {', '.join(config['jobs'])}.")
    return {"name": name, **config["common"], **config["jobs"][name]}


def run_folder(path: Path, name: str) -> Path:
    """Return where the run of a job of a yaml file keeps its checkpoint."""
    return RUNS / f"{path.stem}_{name}"


class JobRun:
    """A training run: network, optimizer, losses and the number of the next step, all that a checkpoint holds.

    job      settings; training/mnist.yaml says what each means
    network  to train
    data     tensors of equal length; a batch holds the same rows of each
    loss     network, batch, random source -> the loss to go down
    folder   of the checkpoint
    """

    def __init__(self, job: dict[str, Any], network: nn.Module, data: Sequence[Tensor], loss: Loss, folder: Path):
        self.job, self.loss, self.folder = job, loss, folder
        torch.set_num_threads(job["threads"])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        layout = torch.channels_last if job["channels_last"] else torch.contiguous_format
        self.data = [each.to(self.device) for each in data]
        self.network = network.to(self.device, memory_format=layout)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=job["learning_rate"])
        decay = job.get("ema")
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(decay)) if decay else None
        self.step, self.losses = 0, []

    @property
    def steps_in_epoch(self) -> int:
        """Whole batches of the training set; the rest of an epoch is left out."""
        return len(self.data[0]) // self.job["batch_size"]

    @property
    def last_step(self) -> int:
        return self.job["epochs"] * self.steps_in_epoch

    def learning_rate(self) -> float:
        """Learning rate of this epoch, which falls exponentially to last_rate after the last one."""
        epoch = self.step // self.steps_in_epoch
        fall = self.job["last_rate"] / self.job["learning_rate"]
        return self.job["learning_rate"] * fall ** (epoch / self.job["epochs"])

    def batch(self) -> list[Tensor]:
        """Return the rows of the next step."""
        epoch, place = divmod(self.step, self.steps_in_epoch)
        if place == 0 or not hasattr(self, "_order"):
            generator = torch.Generator().manual_seed(1000 * self.job["seed"] + epoch)
            self._order = torch.randperm(len(self.data[0]), generator=generator).to(self.device)
        rows = self._order[place * self.job["batch_size"] : (place + 1) * self.job["batch_size"]]
        return [each[rows] for each in self.data]

    def train_step(self) -> float:
        """One optimizer step; returns the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        generator = torch.Generator().manual_seed(self.job["seed"] * 1_000_003 + self.step)
        self.optimizer.zero_grad()
        self.losses.append(self.accumulate_gradient(self.batch(), generator))
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self.step += 1
        return self.losses[-1]

    def accumulate_gradient(self, batch: list[Tensor], generator: torch.Generator) -> float:
        """Add the gradient of a batch to that of the network; returns the batch's loss."""
        with mixed_precision() if self.job["mixed_precision"] == "bf16" else nullcontext():
            loss = self.loss(self.network, batch, generator)
        loss.backward()
        return loss.item()

    def _parts(self) -> dict[str, Any]:
        parts = {"network": self.network, "optimizer": self.optimizer}
        return parts if self.average is None else {**parts, "average": self.average}

    def save(self) -> None:
        """Write the checkpoint."""
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state |= {"step": self.step, "losses": self.losses, "job": self.job}
        save_checkpoint(state, self.folder / CHECKPOINT)

    def keep(self) -> None:
        """Keep the network of this epoch, or its average, beside the checkpoint."""
        kept = self.network if self.average is None else self.average.module
        save_checkpoint(kept.state_dict(), epoch_file(self.folder, self.step // self.steps_in_epoch))

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one. Raises ValueError where its settings are others."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device)
        changed = [key for key in state["job"] if state["job"][key] != self.job.get(key) and key not in _FREE]
        if changed:
            raise ValueError(
                f"The checkpoint in {self.folder} has other settings: {', '.join(changed)}. Empty the folder."
            )
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step, self.losses = state["step"], state["losses"]

    def train(self) -> None:
        """Go on to the last step, with a line now and then and a checkpoint."""
        self.resume()
        self.network.train()
        started, first = time.perf_counter(), self.step
        while self.step < self.last_step:
            self.train_step()
            if self.step % self.job["log_every"] == 0 or self.step == self.last_step:
                recent = self.losses[-self.job["log_every"] :]
                left = (self.last_step - self.step) * (time.perf_counter() - started) / (self.step - first)
                line = f"step {self.step}/{self.last_step} loss {sum(recent) / len(recent):.4f} left {left:.0f} s"
                print(f"{self.job['name']}: {line}", flush=True)
            if self.step % self.job["save_every"] == 0 or self.step == self.last_step:
                self.save()
            if self.step in [epoch * self.steps_in_epoch for epoch in self.job["shown_epochs"]]:
                self.keep()


def epoch_file(folder: Path, epoch: int) -> Path:
    """Return where a run keeps the network that it had after an epoch."""
    return folder / f"epoch_{epoch:02d}.pt"


def load_epoch(folder: Path, epoch: int) -> dict[str, Tensor]:
    """Return the weights that a run had after an epoch. Raises FileNotFoundError where it has not come so far."""
    path = epoch_file(folder, epoch)
    if not path.is_file():
        raise FileNotFoundError(f"The run in {folder} has not reached epoch {epoch}. Train it first, or go on with it.")
    return torch.load(path, map_location="cpu")


def export_job(job: dict[str, Any], folder: Path, weights: Path) -> None:
    """Write the networks of the shown epochs in half precision, settings in the header, and the losses on the way.

    folder   of the run
    weights  the folder to write to: NAME_05.safetensors, NAME.json
    """
    weights.mkdir(parents=True, exist_ok=True)
    for epoch in job["shown_epochs"]:
        header = {key: str(value) for key, value in (job | {"epoch": epoch}).items()}
        path = weights / f"{job['name']}_{epoch:02d}.safetensors"
        save_halved(load_epoch(folder, epoch), path, header)
        print(f"wrote {path.name}")
    losses = torch.load(folder / CHECKPOINT, map_location="cpu")["losses"]
    text = json.dumps({"losses": [round(loss, 5) for loss in means_of_ten(losses)]})
    (weights / f"{job['name']}.json").write_text(text + "\n", encoding="utf-8")
