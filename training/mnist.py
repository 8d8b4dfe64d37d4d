"""Train the MNIST models of chapters 9 to 11.

Commands::

    python -m training.mnist train one_step    # goes on where the last run stopped; other jobs: mnist.yaml
    python -m training.mnist train one_step class time    # one after another
    python -m training.mnist train class --smoke          # a few steps on the stand-in digits
    python -m training.mnist export class      # weights -> helpers/weights/mnist/class_05.safetensors and class_20
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
import yaml

from helpers import ddpm
from helpers.cache import save_checkpoint
from helpers.data.mnist import Digits, load_mnist, mnist_source
from helpers.fitting import means_of_ten
from helpers.networks import mnist as networks
from training.export import save_halved

ROOT = Path(__file__).resolve().parents[1]
CONFIG_FILE = Path(__file__).with_name("mnist.yaml")
RUNS = ROOT / "build" / "training"
WEIGHTS = ROOT / "helpers" / "weights" / "mnist"
SMOKE = {
    "width": 8,
    "epochs": 1,
    "batch_size": 64,
    "save_every": 5,
    "log_every": 5,
    "shown_epochs": [1],
    "start_from": None,
}


def load_job(name: str) -> dict[str, Any]:
    """Return all settings of a job. Raises ValueError for an unknown one."""
    config = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))
    if name not in config["jobs"]:
        raise ValueError(
            f"There is no job {name!r} in {CONFIG_FILE.name}; expected one of {', '.join(config['jobs'])}."
        )
    return {"name": name, **config["common"], **config["jobs"][name]}


class MnistRun:
    """A training run: network, optimizer, scheduler and the number of the next step, all that a checkpoint holds.

    The order of an epoch comes from (seed, epoch), the noise of a step from (seed, step): a run that was killed goes on
    exactly as if it had not been, from whatever step was saved last.
    """

    def __init__(self, job: dict[str, Any], digits: Digits, folder: Path) -> None:
        self.job, self.folder = job, folder
        torch.set_num_threads(job["threads"])
        torch.manual_seed(job["seed"])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        layout = torch.channels_last if job["channels_last"] else torch.contiguous_format
        self.digits = Digits(digits.images.to(self.device), digits.labels.to(self.device))
        self.network = getattr(networks, job["network"])(1, job["width"]).to(self.device, memory_format=layout)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=job["learning_rate"])
        self.schedule = ddpm.ddpm_schedule(*job["beta"], job["num_ts"]) if "beta" in job else None
        self.step, self.losses = 0, []
        if job.get("start_from"):
            self.network.load_state_dict(_last_weights(job["start_from"]))

    @property
    def steps_in_epoch(self) -> int:
        """Whole batches of the training set; the rest of an epoch is left out."""
        return len(self.digits.images) // self.job["batch_size"]

    @property
    def last_step(self) -> int:
        return self.job["epochs"] * self.steps_in_epoch

    def learning_rate(self) -> float:
        """Learning rate of this epoch, which falls exponentially to last_rate after the last one."""
        epoch = self.step // self.steps_in_epoch
        return self.job["learning_rate"] * (self.job["last_rate"] / self.job["learning_rate"]) ** (
            epoch / self.job["epochs"]
        )

    def batch(self) -> Digits:
        """Return the pictures and labels of the next step."""
        epoch, place = divmod(self.step, self.steps_in_epoch)
        if place == 0 or not hasattr(self, "_order"):
            generator = torch.Generator().manual_seed(1000 * self.job["seed"] + epoch)
            self._order = torch.randperm(len(self.digits.images), generator=generator).to(self.device)
        rows = self._order[place * self.job["batch_size"] : (place + 1) * self.job["batch_size"]]
        return Digits(self.digits.images[rows], self.digits.labels[rows])

    def loss(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator().manual_seed(self.job["seed"] * 1_000_003 + self.step)
        match self.job["name"]:
            case "one_step":
                return ddpm.one_step_loss(self.network, x, self.job["sigma"], generator)
            case "class":
                return ddpm.class_ddpm_forward(self.network, self.schedule, x, labels, self.job["p_uncond"], generator)
            case "flow":
                return ddpm.flow_forward(self.network, x, generator)
        return ddpm.ddpm_forward(self.network, self.schedule, x, generator)

    def train_step(self) -> float:
        """One optimizer step; returns the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.job["mixed_precision"] == "bf16"):
            loss = self.loss(*self.batch())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        self.losses.append(loss.item())
        return self.losses[-1]

    def save(self) -> None:
        """Write the checkpoint."""
        state = {
            "step": self.step,
            "losses": self.losses,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "job": self.job,
        }
        save_checkpoint(state, self.folder / "checkpoint.pt")

    def keep(self) -> None:
        """Keep the network of this epoch beside the checkpoint: a chapter shows it beside the last one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.save(self.network.state_dict(), self.folder / f"epoch_{self.step // self.steps_in_epoch:02d}.pt")

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one. Raises ValueError where its settings are others."""
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device)
        changed = [key for key in state["job"] if state["job"][key] != self.job.get(key) and key not in _FREE]
        if changed:
            raise ValueError(
                f"The checkpoint in {self.folder} has other settings: {', '.join(changed)}. Empty the folder."
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.losses = state["step"], state["losses"]


def _last_weights(name: str) -> dict[str, torch.Tensor]:
    """Return the weights with which another job ended. Raises FileNotFoundError where it has not."""
    path = RUNS / f"mnist_{name}" / f"epoch_{load_job(name)['epochs']:02d}.pt"
    if not path.is_file():
        raise FileNotFoundError(f"Job {name!r} has not ended. Train it first: python -m training.mnist train {name}")
    return torch.load(path, map_location="cpu")


_FREE = (
    "threads",
    "log_every",
    "save_every",
    "channels_last",
    "shown_epochs",
)  # settings that may change while a run goes on


def train_job(run: MnistRun) -> None:
    """Train to the last step, with a line in log.txt now and then and a checkpoint."""
    run.resume()
    run.network.train()
    started, first = time.perf_counter(), run.step
    while run.step < run.last_step:
        run.train_step()
        if run.step % run.job["log_every"] == 0 or run.step == run.last_step:
            recent = run.losses[-run.job["log_every"] :]
            speed = (run.step - first) / (time.perf_counter() - started)
            left = (run.last_step - run.step) / speed
            line = f"step {run.step}/{run.last_step} loss {sum(recent) / len(recent):.4f} left {left:.0f} s"
            print(f"{run.job['name']}: {line}", flush=True)
        if run.step % run.job["save_every"] == 0 or run.step == run.last_step:
            run.save()
        if run.step in [epoch * run.steps_in_epoch for epoch in run.job["shown_epochs"]]:
            run.keep()


app = typer.Typer(no_args_is_help=True)


@app.command()
def train(
    names: Annotated[list[str], typer.Argument(help="Jobs of mnist.yaml, trained one after another.")],
    smoke: Annotated[bool, typer.Option(help="A few steps of a tiny network on the stand-in digits.")] = False,
) -> None:
    """Train from the last checkpoint on."""
    if smoke:
        os.environ.pop("COURSE_DATA", None)
    digits = load_mnist("train")
    print(mnist_source(), flush=True)
    for name in names:
        job = load_job(name) | (SMOKE if smoke else {})
        with tempfile.TemporaryDirectory() as folder:
            train_job(MnistRun(job, digits, Path(folder) if smoke else RUNS / f"mnist_{name}"))


@app.command()
def export(name: Annotated[str, typer.Argument(help="A job of mnist.yaml that has ended.")]) -> None:
    """Write the networks of the shown epochs in half precision, settings in the header, and the losses on the way."""
    folder, job = RUNS / f"mnist_{name}", load_job(name)
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    for epoch in job["shown_epochs"]:
        state = torch.load(folder / f"epoch_{epoch:02d}.pt", map_location="cpu")
        settings = {key: str(value) for key, value in (job | {"epoch": epoch}).items()}
        path = WEIGHTS / f"{name}_{epoch:02d}.safetensors"
        save_halved(state, path, settings)
        print(f"wrote {path.name}")
    losses = torch.load(folder / "checkpoint.pt", map_location="cpu")["losses"]
    text = json.dumps({"losses": [round(loss, 5) for loss in means_of_ten(losses)]})
    (WEIGHTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
