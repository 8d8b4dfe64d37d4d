"""The face models of chapter 12."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from helpers.data.faces import faces_source, load_faces
from helpers.face_ddpm import face_schedule, p_losses
from helpers.networks.shipped import FACES
from helpers.networks.unet import Unet
from helpers.weights import SHIPPED
from training.config import Config
from training.jobs import EpochJob, mirrored


@dataclass(frozen=True, kw_only=True)
class MangaConfig(Config):
    """What manga.yaml says beside the settings of every run; it tells what each means."""

    source: str
    image_size: int
    dim: int
    dim_mults: list[int]
    timesteps: int
    mended: bool
    squared: bool


class MangaJob(EpochJob):
    """A U-Net for faces, of which every other one, at random, is mirrored."""

    settings, weights = MangaConfig, SHIPPED / FACES
    tiny = {"dim": 8, "dim_mults": [1, 2], "source": "lorelei"}  # few faces; drawn ones are 12,000

    def __init__(self, config: MangaConfig, faces: Tensor) -> None:
        torch.manual_seed(config.seed)
        super().__init__(config, Unet(config.dim, config.dim_mults, 3), [faces])
        self.schedule = face_schedule(config.timesteps, config.mended)

    @classmethod
    def load(cls, config: MangaConfig, data: Path) -> MangaJob:
        """Return the job with its faces."""
        print(faces_source(config.source, config.image_size), flush=True)
        return cls(config, load_faces(config.source, config.image_size))

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the loss of the chapter."""
        faces = mirrored(batch[0], generator)
        return {"loss": p_losses(network, self.schedule, faces, generator, self.config.squared)}
