"""The pocket model: a small text-to-image diffusion model in pixel space, in the form of DeepFloyd IF stage I."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from helpers.denoisers.pocket import load_pocket
from helpers.weights import SHIPPED
from training.all_emoji import with_all_emoji
from training.captions import load_subjects, vocabulary
from training.config import ROOT, Config
from training.export import export_pipeline
from training.jobs import Job, Run, keep_length
from training.losses import hybrid_loss
from training.parts import TextToImage, build_pipeline, build_scheduler, build_text_encoder, build_unet
from training.photographs import with_photographs
from training.pictures import Pictures
from training.samples import sample_grid
from training.text import build_tokenizer, take_over_words, teach_text_encoder, tokenize

TINY = {
    "image_size": 16,
    "emoji_pixels": 32,
    "unet": {"block_out_channels": [8, 16, 16], "cross_attention": [False, False, True], "layers_per_block": 1,
             "norm_groups": 4, "attention_heads": 2},
    "text": {"d_model": 16, "d_ff": 16, "d_kv": 8, "num_heads": 2, "num_layers": 1, "steps": 3, "batch_size": 48},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PocketConfig(Config):
    """What pocket.yaml and pocket_64.yaml say beside the settings of every run; they tell what each means."""

    subject_files: list[str]
    rare_share: float
    image_size: int
    emoji_pixels: int
    print_share: float
    face_share: float
    photo_share: float
    p_uncond: float
    min_snr_gamma: float
    largest_weight: float
    unet: dict[str, Any]
    text: dict[str, Any]


class PocketJob(Job):
    """A text encoder, which learns first and alone (training/text.py), and a U-Net, which then learns to denoise."""

    settings, tiny, weights = PocketConfig, TINY, SHIPPED / "pocket"

    def __init__(self, config: PocketConfig, data: Path) -> None:
        self.data, self.subjects = data, subjects_of(config, data)
        self.tokenizer = build_tokenizer(vocabulary(self.subjects))
        self.alphas_cumprod = build_scheduler().alphas_cumprod
        torch.manual_seed(config.seed)
        network = TextToImage(
            build_text_encoder(len(self.tokenizer), config.text),
            build_unet(config.image_size, config.text["d_model"], config.unet),
        )
        network.text_encoder.requires_grad_(False)
        super().__init__(config, network)

    @functools.cached_property
    def pictures(self) -> Pictures:
        """The pictures to train on, read when the first batch is drawn."""
        config = self.config
        return Pictures(
            self.data, self.subjects, config.image_size, config.print_share, config.face_share, config.photo_share,
            config.rare_share, config.emoji_pixels,
        )  # fmt: skip

    def begin(self) -> str:
        """Teach the text encoder its words; with `start_from`, take U-Net and known words from that model first."""
        encoder, old, text = self.network.text_encoder, None, self.config.text
        if self.config.start_from is not None:
            pipeline = load_pocket(ROOT / self.config.start_from)
            self.network.unet.load_state_dict(pipeline.unet.state_dict())
            old = (pipeline.text_encoder, pipeline.tokenizer)
            take_over_words(encoder, self.tokenizer, old)
        encoder.requires_grad_(True)
        understood = teach_text_encoder(
            encoder, self.tokenizer, self.subjects, text["steps"], text["batch_size"], self.config.seed, old
        )
        encoder.requires_grad_(False)
        return f"text encoder taught: it understands {understood:.0%} of the captions"

    def batch(self, step: int, rng: np.random.Generator) -> list[Tensor]:
        """Return pictures, token ids and their mask."""
        batch = self.pictures.batch(self.config.batch_size, self.config.p_uncond, rng)
        tokens = tokenize(self.tokenizer, batch.captions)
        return [batch.x_0, tokens.input_ids, tokens.attention_mask]

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the hybrid loss and its two parts (Nichol & Dhariwal 2021, eq. 16)."""
        x_0, ids, mask = batch
        eps = torch.randn(x_0.shape, generator=generator).to(x_0)
        t = torch.randint(0, len(self.alphas_cumprod), (len(eps),), generator=generator).to(x_0.device)
        alphas_cumprod = self.alphas_cumprod.to(x_0.device)
        alpha_bar_t = alphas_cumprod[t][:, None, None, None]
        x_t = alpha_bar_t.sqrt() * x_0 + (1 - alpha_bar_t).sqrt() * eps  # Ho et al. 2020, eq. 4
        output = network(x_t, t, ids, mask)
        return hybrid_loss(
            x_0, x_t, t, eps, output, alphas_cumprod, self.config.min_snr_gamma, self.config.largest_weight
        )

    def samples(self) -> Image.Image:
        """Return a grid of samples."""
        return sample_grid(build_pipeline(self.network, self.tokenizer))

    def export(self, run: Run, weights: Path) -> None:
        """Write the averaged weights as an IFPipeline's folder."""
        with run.averaged() as network:
            export_pipeline(build_pipeline(network, self.tokenizer), weights)
        keep_length(run, weights)


def subjects_of(config: PocketConfig, data: Path) -> dict[str, Any]:
    """Return what the pictures show: the subjects of the run's files, where asked every emoji and the photographs."""
    subjects = load_subjects(*(ROOT / file for file in config.subject_files))
    if config.rare_share > 0:
        subjects = with_all_emoji(subjects, data)
    if config.photo_share > 0:
        subjects = with_photographs(subjects, data)
    return subjects
