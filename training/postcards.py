"""Train the postcard models of chapters 13 and 14: a base on artwork, then the same fine-tuned on woodblock prints.

Commands::

    python -m training.postcards train base            # goes on where the last run stopped; data: COURSE_DATA
    python -m training.postcards export base           # averaged weights -> helpers/weights/postcards/base
    python -m training.postcards train pocket          # begins with the exported base
    python -m training.postcards export pocket
    python -m training.postcards train base pocket --smoke   # a few steps of a tiny network on drawn pictures
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from helpers.data.drawn_faces import drawn_faces
from helpers.data.drawn_prints import drawn_prints
from helpers.data.prints import load_prints, prints_source
from helpers.data.sources import data_folder
from helpers.denoisers.pocket import quiet_libraries
from helpers.fitting import means_of_ten
from helpers.postcards import WEIGHTS, load_postcards, new_pipeline
from training.export import write_checksums
from training.jobs import RUNS, JobRun, Loss, load_epoch, load_job

POSTCARD_JOBS = Path(__file__).with_name("postcards.yaml")
ARTWORK = ("emoji/fluent_3d", "emoji/fluent_color", "emoji/fluent_flat", "emoji/noto", "emoji/twemoji",
           "faces/adventurer")  # fmt: skip
LONGEST_STEP = 1.0  # of the gradient's norm
SMOKE_PICTURES, SMOKE_SIDE = 32, 16
SMOKE = {
    "image_size": SMOKE_SIDE, "begins_with": None, "batch_size": 8, "epochs": 1, "shown_epochs": [1], "save_every": 2,
    "log_every": 2,
    "network": {
        "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D"] * 2, "up_block_types": ["UpBlock2D"] * 2,
        "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8,
    },
}  # fmt: skip


def load_artwork() -> Tensor:
    """Return emoji in five styles and drawn faces, uint8 (N, 4, 64, 64) with an alpha channel.

    Raises FileNotFoundError where the data folder or a file of it is missing.
    """
    parts = []
    for name in ARTWORK:
        folder = data_folder(name.split("/")[0])
        path = None if folder is None else folder / f"{name.split('/')[1]}.npz"
        if path is None or not path.is_file():
            raise FileNotFoundError(f"There is no {name}.npz. Set COURSE_DATA to a data folder that holds it.")
        with np.load(path) as file:
            parts.append(torch.from_numpy(file["images"]).permute(0, 3, 1, 2))
    return torch.cat(parts)


def load_pictures(job: dict[str, Any], smoke: bool) -> Tensor:
    """Return what a job trains on, uint8: artwork (N, 4, H, W) or prints (N, 3, H, W)."""
    if smoke:
        drawn = drawn_faces if job["source"] == "artwork" else drawn_prints
        pictures = torch.from_numpy(drawn(SMOKE_PICTURES, SMOKE_SIDE)).permute(0, 3, 1, 2)
        opaque = torch.full_like(pictures[:, :1], 255)
        return torch.cat([pictures, opaque], dim=1) if job["source"] == "artwork" else pictures
    if job["source"] == "artwork":
        return load_artwork()
    print(prints_source("folder"), flush=True)
    prints = load_prints(job["image_size"], job["crops"], name="folder")
    return ((prints + 1) * 127.5).round().to(torch.uint8)


def on_grounds(artwork: Tensor, generator: torch.Generator) -> Tensor:
    """Lay pictures with an alpha channel on grounds that run from one random colour to another.

    artwork  (B, 4, H, W) in [0, 1]
    Returns (B, 3, H, W) in [0, 1]. Grounds are anything from white to fully coloured: a base that knew white alone
    would have to learn the washes of a sky from few prints.
    """
    count, _, height, _ = artwork.shape
    strength = torch.rand((count, 1, 1, 1), generator=generator)
    top, bottom = (1 - strength * torch.rand((2, count, 3, 1, 1), generator=generator)).to(artwork)
    share = torch.linspace(0, 1, height).to(artwork).reshape(1, 1, height, 1)
    colour, alpha = artwork[:, :3], artwork[:, 3:]
    return alpha * colour + (1 - alpha) * ((1 - share) * top + share * bottom)


def pictures_of(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Return a batch as (B, 3, H, W) in [-1, 1], artwork on grounds, every other picture, at random, mirrored."""
    x_0 = batch.float() / 255
    x_0 = on_grounds(x_0, generator) if x_0.shape[1] == 4 else x_0
    mirrored = torch.rand((len(x_0), 1, 1, 1), generator=generator).to(x_0) < 0.5
    return torch.where(mirrored, x_0.flip(-1), x_0) * 2 - 1


def noise_loss(largest_snr: float | None) -> Loss:
    """Return the mean squared error of the predicted noise (Ho et al. 2020, eq. 14).

    largest_snr  gamma of Min-SNR (Hang et al. 2023, for a predicted noise): each picture's error counts
                 min(SNR, gamma) / SNR, where SNR = alpha-bar / (1 - alpha-bar), so that the last traces of noise, which
                 are hardest to predict and change least, do not outweigh what the picture is of; None = all count 1
    """
    alphas_cumprod = new_pipeline(nn.Identity()).scheduler.alphas_cumprod
    snr = alphas_cumprod / (1 - alphas_cumprod)
    weights = torch.ones_like(snr) if largest_snr is None else snr.clamp(max=largest_snr) / snr

    def loss(network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> Tensor:
        x_0 = pictures_of(batch[0], generator)
        t = torch.randint(0, len(alphas_cumprod), (len(x_0),), generator=generator)
        noise = torch.randn(x_0.shape, generator=generator).to(x_0)
        alpha_bar = alphas_cumprod[t].to(x_0).reshape(-1, 1, 1, 1)
        x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * noise
        eps = network(x_t, t.to(x_0.device)).sample.float()
        return (weights[t].to(x_0) * mse_loss(eps, noise, reduction="none").mean(dim=(1, 2, 3))).mean()

    return loss


class PostcardRun(JobRun):
    """A run with AdamW, in which several backward passes make a step: with the gradient of the whole batch."""

    def __init__(self, job: dict[str, Any], network: nn.Module, pictures: Tensor, folder: Path):
        super().__init__(job, network, [pictures], noise_loss(job["largest_snr"]), folder)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=job["learning_rate"])

    def accumulate_gradient(self, batch: list[Tensor], generator: torch.Generator) -> float:
        """Leave the mean gradient of the batch's parts, shortened where it is too long; returns the batch's loss."""
        parts = batch[0].chunk(self.job["accumulate"])
        losses = [super(PostcardRun, self).accumulate_gradient([part], generator) for part in parts]
        for parameter in self.network.parameters():
            parameter.grad /= len(parts)
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_STEP)
        return sum(losses) / len(parts)


def open_run(job: dict[str, Any], pictures: Tensor, folder: Path) -> PostcardRun:
    """Return the run of a job, at its first step: with new weights, or with those of the model that it starts from."""
    torch.manual_seed(job["seed"])
    network = UNet2DModel(sample_size=job["image_size"], **job["network"])
    if job["begins_with"] is not None and not (folder / "checkpoint.pt").is_file():
        network.load_state_dict(load_postcards(job["begins_with"], device="cpu").unet.state_dict())
    return PostcardRun(job, network, pictures, folder)


def export_postcards(job: dict[str, Any], folder: Path, weights: Path, epoch: int | None = None) -> None:
    """Write the averaged network of an epoch as a pipeline in half precision, the losses so far and checksums.

    folder   of the run
    weights  the folder to write to; other files in it stay
    epoch    one of the job's shown_epochs; default: the last
    Raises FileNotFoundError where the run has not come so far.
    """
    network = UNet2DModel(sample_size=job["image_size"], **job["network"])
    network.load_state_dict(load_epoch(folder, epoch or job["shown_epochs"][-1]))
    for part in ("unet", "scheduler"):
        shutil.rmtree(weights / part, ignore_errors=True)
    with quiet_libraries():
        new_pipeline(network.half()).save_pretrained(weights, safe_serialization=True)
    losses = torch.load(folder / "checkpoint.pt", map_location="cpu")["losses"]
    text = json.dumps({"losses": [round(loss, 5) for loss in means_of_ten(losses)]})
    (weights / "losses.json").write_text(text + "\n", encoding="utf-8")
    write_checksums(weights)


app = typer.Typer(no_args_is_help=True)


@app.command()
def train(
    names: Annotated[list[str], typer.Argument(help="Jobs of postcards.yaml, trained one after another.")],
    smoke: Annotated[bool, typer.Option(help="A few steps of a tiny network on drawn pictures.")] = False,
) -> None:
    """Train from the last checkpoint on."""
    for name in names:
        job = load_job(POSTCARD_JOBS, name) | (SMOKE if smoke else {})
        pictures = load_pictures(job, smoke)
        with tempfile.TemporaryDirectory() as folder:
            open_run(job, pictures, Path(folder) if smoke else RUNS / f"postcards_{name}").train()


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="A job of postcards.yaml.")],
    epoch: Annotated[int | None, typer.Option(help="One that the run kept; default: the last.")] = None,
) -> None:
    """Write the averaged weights in half precision as a pipeline's folder with checksums."""
    job = load_job(POSTCARD_JOBS, name)
    export_postcards(job, RUNS / f"postcards_{name}", WEIGHTS / name, epoch)
    print(f"wrote {WEIGHTS / name}")


if __name__ == "__main__":
    app()
