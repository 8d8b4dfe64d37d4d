"""Train the face models of chapter 12.

Commands::

    python -m training.manga train faces_200             # goes on where the last run stopped; other jobs: manga.yaml
    python -m training.manga train faces_200 faces_100   # one after another
    python -m training.manga train faces_200 --smoke     # a few steps of a tiny network on drawn faces
    python -m training.manga export faces_200            # averaged weights -> helpers/weights/manga
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn

from helpers.data.drawn_faces import drawn_faces
from helpers.data.faces import faces_source, load_faces
from helpers.face_ddpm import face_schedule, p_losses
from helpers.networks.shipped import FACES, FOLDER
from helpers.networks.unet import Unet
from training.jobs import JobRun, Loss, export_job, load_job, run_folder

MANGA_JOBS = Path(__file__).with_name("manga.yaml")
SMOKE = {
    "dim": 8,
    "dim_mults": [1, 2],
    "epochs": 1,
    "shown_epochs": [1],
    "save_every": 2,
    "log_every": 2,
}
SMOKE_FACES = 128


def loss_of(job: dict[str, Any]) -> Loss:
    """Return the loss of a job, on faces of which every other one, at random, is mirrored."""
    schedule = face_schedule(job["timesteps"], job["mended"])

    def loss(network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> Tensor:
        (faces,) = batch
        mirrored = torch.rand((len(faces), 1, 1, 1), generator=generator).to(faces) < 0.5
        faces = torch.where(mirrored, faces.flip(-1), faces)
        return p_losses(network, schedule, faces, generator, job["squared"])

    return loss


def open_run(job: dict[str, Any], faces: Tensor, folder: Path) -> JobRun:
    """Return the run of a job, at its first step."""
    torch.manual_seed(job["seed"])
    return JobRun(job, Unet(job["dim"], job["dim_mults"], 3), [faces], loss_of(job), folder)


app = typer.Typer(no_args_is_help=True)


@app.command()
def train(
    names: Annotated[list[str], typer.Argument(help="Jobs of manga.yaml, trained one after another.")],
    smoke: Annotated[bool, typer.Option(help="A few steps of a tiny network on drawn faces.")] = False,
) -> None:
    """Train from the last checkpoint on."""
    for name in names:
        job = load_job(MANGA_JOBS, name) | (SMOKE if smoke else {})
        if smoke:
            faces = torch.from_numpy(drawn_faces(SMOKE_FACES, job["image_size"])).permute(0, 3, 1, 2) / 127.5 - 1
        else:
            faces = load_faces(job["source"], job["image_size"])
            print(faces_source(job["source"], job["image_size"]), flush=True)
        with tempfile.TemporaryDirectory() as folder:
            open_run(job, faces, Path(folder) if smoke else run_folder(MANGA_JOBS, name)).train()


@app.command()
def export(name: Annotated[str, typer.Argument(help="A job of manga.yaml that has ended.")]) -> None:
    """Write the averaged weights of the last epoch in half precision, and the losses on the way."""
    export_job(load_job(MANGA_JOBS, name), run_folder(MANGA_JOBS, name), FOLDER / FACES)


if __name__ == "__main__":
    app()
