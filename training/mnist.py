"""Train the MNIST models of chapters 9 to 11.

Commands::

    python -m training.mnist train one_step    # goes on where the last run stopped; other jobs: mnist.yaml
    python -m training.mnist train one_step class time    # one after another
    python -m training.mnist train class --smoke          # a few steps on the stand-in digits
    python -m training.mnist export class      # weights -> helpers/weights/mnist/class_05.safetensors and class_20
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn

from helpers import ddpm
from helpers.data.mnist import Digits, load_mnist, mnist_source
from helpers.networks import mnist as networks
from helpers.networks.shipped import DIGITS, FOLDER
from training.jobs import JobRun, Loss, export_job, load_epoch, load_job, run_folder

MNIST_JOBS = Path(__file__).with_name("mnist.yaml")
SMOKE = {
    "width": 8,
    "epochs": 1,
    "batch_size": 64,
    "save_every": 5,
    "log_every": 5,
    "shown_epochs": [1],
    "start_from": None,
}


def loss_of(job: dict[str, Any]) -> Loss:
    """Return the loss of a job, as its chapter teaches it."""
    schedule = ddpm.ddpm_schedule(*job["beta"], job["num_ts"]) if "beta" in job else None

    def loss(network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> Tensor:
        images, labels = batch
        match job["name"]:
            case "one_step":
                return ddpm.one_step_loss(network, images, job["sigma"], generator)
            case "class":
                return ddpm.class_ddpm_forward(network, schedule, images, labels, job["p_uncond"], generator)
            case "flow":
                return ddpm.flow_forward(network, images, generator)
        return ddpm.ddpm_forward(network, schedule, images, generator)

    return loss


def open_run(job: dict[str, Any], digits: Digits, folder: Path) -> JobRun:
    """Return the run of a job, at its first step.

    Raises FileNotFoundError where it starts from a job that has not ended.
    """
    torch.manual_seed(job["seed"])
    network = getattr(networks, job["network"])(1, job["width"])
    if job.get("start_from"):
        before = load_job(MNIST_JOBS, job["start_from"])
        network.load_state_dict(load_epoch(run_folder(MNIST_JOBS, before["name"]), before["epochs"]))
    return JobRun(job, network, digits, loss_of(job), folder)


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
        job = load_job(MNIST_JOBS, name) | (SMOKE if smoke else {})
        with tempfile.TemporaryDirectory() as folder:
            open_run(job, digits, Path(folder) if smoke else run_folder(MNIST_JOBS, name)).train()


@app.command()
def export(name: Annotated[str, typer.Argument(help="A job of mnist.yaml that has ended.")]) -> None:
    """Write the networks of the shown epochs in half precision, settings in the header, and the losses on the way."""
    export_job(load_job(MNIST_JOBS, name), run_folder(MNIST_JOBS, name), FOLDER / DIGITS)


if __name__ == "__main__":
    app()
