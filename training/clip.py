"""The pocket CLIPs: two small models that tell how well a picture fits a text (Radford et al. 2021)."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from helpers.clip import FOLDERS
from training.captions import vocabulary
from training.clip_data import ClipPictures, clip_subjects
from training.clip_parts import LARGEST_SCALE, build_clip, build_clip_processor, contrastive_loss, export_clip
from training.clip_tokenizer import build_clip_tokenizer, known_words, tokenize_captions
from training.config import Config
from training.jobs import Job, Run, keep_length

NARROW = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TINY = {
    "image_size": 16, "batch_size": 16, "projection_dim": 16, "vision": {**NARROW, "patch_size": 8},
    "text": {**NARROW, "max_position_embeddings": 32},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ClipConfig(Config):
    """What clip.yaml says beside the settings of every run; it tells what each means."""

    held_out: str | None
    spoil: dict[str, Any]
    image_size: int
    print_share: float
    face_share: float
    projection_dim: int
    vision: dict[str, Any]
    text: dict[str, Any]
    note: str


class ClipJob(Job):
    """A picture encoder and a text encoder that learn which captions are true of which pictures."""

    settings, tiny = ClipConfig, TINY

    def __init__(self, config: ClipConfig, data: Path) -> None:
        self.data, self.subjects = data, clip_subjects(config.held_out)
        self.words = known_words(vocabulary(self.subjects))
        self.tokenizer = build_clip_tokenizer(self.words)
        self.weights = FOLDERS[config.name.removeprefix("clip_")]
        super().__init__(config, build_clip(config, self.tokenizer))

    @classmethod
    def load(cls, config: ClipConfig, data: Path) -> ClipJob:
        """Return the job; its pictures are read when the first batch is drawn."""
        return cls(config, data)

    @functools.cached_property
    def pictures(self) -> ClipPictures:
        """The pictures to train on."""
        config = self.config
        return ClipPictures(
            self.data, self.subjects, config.image_size, config.print_share, config.face_share, config.spoil
        )

    def batch(self, step: int, rng: np.random.Generator) -> list[Tensor]:
        """Return pictures, token ids, their mask, and which captions are true of which pictures."""
        batch = self.pictures.batch(self.config.batch_size, rng)
        tokens = tokenize_captions(self.tokenizer, batch.captions)
        return [batch.pictures, tokens.input_ids, tokens.attention_mask, batch.is_true]

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the contrastive loss and the share of pictures whose own caption, or one as true, comes first."""
        pictures, ids, mask, is_true = batch
        scale = self.network.logit_scale
        with torch.no_grad():
            scale.clamp_(max=math.log(LARGEST_SCALE))
        answer = network(input_ids=ids, pixel_values=pictures, attention_mask=mask)
        with torch.autocast(pictures.device.type, enabled=False):
            shown, said = answer.image_embeds.float(), answer.text_embeds.float()
            loss = contrastive_loss(shown, said, scale.exp(), is_true)
            first = (shown @ said.T).argmax(dim=1)
        right = is_true[torch.arange(len(first)), first].float().mean()
        return {"loss": loss, "right": right, "scale": scale.exp()}

    def export(self, run: Run, weights: Path) -> None:
        """Write the averaged weights as a folder that transformers loads."""
        with run.averaged() as network:
            export_clip(network, build_clip_processor(self.tokenizer, self.config.image_size), self.words, weights)
        keep_length(run, weights)
