"""The postcard models of chapters 13 and 14: a base on artwork, then the same fine-tuned on woodblock prints."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn.functional import interpolate, mse_loss

from helpers.data.prints import load_prints, prints_source
from helpers.denoisers.pocket import quiet_libraries
from helpers.postcards import load_postcards, new_pipeline
from helpers.weights import SHIPPED
from training.config import Config
from training.export import write_checksums
from training.jobs import EpochJob, Run, load_epoch, mirrored, write_losses

ARTWORK = ("emoji/fluent_3d", "emoji/fluent_color", "emoji/fluent_flat", "emoji/noto", "emoji/twemoji",
           "faces/adventurer")  # fmt: skip
TINY = {
    "image_size": 16, "batch_size": 64,
    "network": {
        "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D"] * 2, "up_block_types": ["UpBlock2D"] * 2,
        "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8,
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PostcardsConfig(Config):
    """What postcards.yaml says beside the settings of every run; it tells what each means."""

    source: str
    image_size: int
    network: dict[str, Any]
    crops: int
    largest_snr: float | None


class PostcardsJob(EpochJob):
    """A U-Net that predicts the noise of pictures: uint8, artwork (N, 4, H, W) or prints (N, 3, H, W)."""

    settings, tiny = PostcardsConfig, TINY

    def __init__(self, config: PostcardsConfig, pictures: Tensor) -> None:
        torch.manual_seed(config.seed)
        super().__init__(config, UNet2DModel(sample_size=config.image_size, **config.network), [pictures])
        self.noise_loss = noise_loss(config.largest_snr)
        self.weights = SHIPPED / "postcards" / config.name.removeprefix("postcards_")

    @classmethod
    def load(cls, config: PostcardsConfig, data: Path) -> PostcardsJob:
        """Return the job with what it trains on."""
        if config.source == "artwork":
            return cls(config, load_artwork(data, config.image_size))
        print(prints_source("folder"), flush=True)
        prints = load_prints(config.image_size, config.crops, name="folder")
        return cls(config, ((prints + 1) * 127.5).round().to(torch.uint8))

    def begin(self) -> str:
        """Take the weights of the shipped model to start from."""
        if self.config.start_from is None:
            return ""
        self.network.load_state_dict(load_postcards(self.config.start_from, device="cpu").unet.state_dict())
        return f"begun with the weights of {self.config.start_from}"

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the error of the predicted noise."""
        return {"loss": self.noise_loss(network, pictures_of(batch[0], generator), generator)}

    def export(self, run: Run, weights: Path) -> None:
        """Write the network of the last shown epoch as a pipeline in half precision, losses and checksums.

        weights  the folder to write to; other files in it stay
        """
        self.network.load_state_dict(load_epoch(run.folder, self.config.shown_epochs[-1]))
        for part in ("unet", "scheduler"):
            shutil.rmtree(weights / part, ignore_errors=True)
        with quiet_libraries():
            new_pipeline(self.network.half()).save_pretrained(weights, safe_serialization=True)
        self.network.float()
        write_losses(run, weights / "losses.json")
        write_checksums(weights)


def load_artwork(data: Path, size: int) -> Tensor:
    """Return emoji in five styles and drawn faces of the data folder, uint8 (N, 4, size, size) with an alpha channel.

    Raises FileNotFoundError where a file is missing.
    """
    parts = []
    for name in ARTWORK:
        path = data / f"{name}.npz"
        if not path.is_file():
            raise FileNotFoundError(f"There is no {name}.npz in {data}. Set COURSE_DATA to a folder that has it.")
        with np.load(path) as file:
            parts.append(torch.from_numpy(file["images"]).permute(0, 3, 1, 2))
    artwork = torch.cat(parts)
    if size == artwork.shape[-1]:
        return artwork
    return interpolate(artwork.float(), size=(size, size), mode="area").round().to(torch.uint8)


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
    return mirrored(x_0, generator) * 2 - 1


def noise_loss(largest_snr: float | None):
    """Return the mean squared error of the predicted noise (Ho et al. 2020, eq. 14).

    largest_snr  gamma of Min-SNR (Hang et al. 2023, for a predicted noise): each picture's error counts
                 min(SNR, gamma) / SNR, where SNR = alpha-bar / (1 - alpha-bar), so that the last traces of noise, which
                 are hardest to predict and change least, do not outweigh what the picture is of; None = all count 1
    """
    alphas_cumprod = new_pipeline(nn.Identity()).scheduler.alphas_cumprod
    snr = alphas_cumprod / (1 - alphas_cumprod)
    weights = torch.ones_like(snr) if largest_snr is None else snr.clamp(max=largest_snr) / snr

    def loss(network: nn.Module, x_0: Tensor, generator: torch.Generator) -> Tensor:
        t = torch.randint(0, len(alphas_cumprod), (len(x_0),), generator=generator)
        noise = torch.randn(x_0.shape, generator=generator).to(x_0)
        alpha_bar = alphas_cumprod[t].to(x_0).reshape(-1, 1, 1, 1)
        x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * noise
        eps = network(x_t, t.to(x_0.device)).sample.float()
        return (weights[t].to(x_0) * mse_loss(eps, noise, reduction="none").mean(dim=(1, 2, 3))).mean()

    return loss
