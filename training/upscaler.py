"""Stage II: a small diffusion model that draws 256 pixels from 64, in the form of DeepFloyd IF's second stage."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from torch import Tensor, nn

from training.captions import vocabulary
from training.config import run_folder
from training.crops import FULL, Crops, enlarge, shrunk
from training.jobs import Job
from training.losses import variational_bound
from training.parts import TextToImage, build_scheduler, build_text_encoder, start_from_identity
from training.pocket import TINY, PocketConfig, subjects_of
from training.text import build_tokenizer, tokenize
from training.trainer import CHECKPOINT

LARGE_SHARE = 0.25  # of the steps see squares of 128 pixels: group normalisation looks at the whole square
NOISIEST = 150  # level up to which the enlarged picture is noised, so that stage I's own faults are forgiven
EARLY_SHARE, EARLY = 0.7, 650  # of the times lie below: there a picture begins that starts from the enlarged one
START, STEPS, LEVEL = 600, 8, 30  # how samples are drawn while training
SHOWN = 9  # samples


class UpscalerJob(Job):
    """A U-Net of convolutions, beside the text encoder of stage I."""

    settings, tiny = PocketConfig, {**TINY, "image_size": FULL, "emoji_pixels": FULL, "batch_size": 4, "max_steps": 4}

    def __init__(self, config: PocketConfig, data: Path) -> None:
        self.data, self.subjects = data, subjects_of(config, data)
        self.tokenizer = build_tokenizer(vocabulary(self.subjects))
        self.alphas_cumprod = build_scheduler().alphas_cumprod
        torch.manual_seed(config.seed)
        encoder = build_text_encoder(len(self.tokenizer), config.text)
        encoder.requires_grad_(False)
        super().__init__(config, TextToImage(encoder, build_upscaler(config.text["d_model"], config.unet)))

    @functools.cached_property
    def pictures(self) -> Crops:
        """The pictures to train on, read when the first batch is drawn."""
        config = self.config
        return Crops(self.data, self.subjects, config.print_share, config.photo_share, config.rare_share)

    def begin(self) -> str:
        """Take over the text encoder of stage I. Raises FileNotFoundError where that run has no checkpoint."""
        if self.config.start_from is None:
            return "begun without a text encoder that has learnt"
        path, part = run_folder(self.config.start_from) / CHECKPOINT, "text_encoder."
        if not path.is_file():
            raise FileNotFoundError(f"There is no {path}. Train {self.config.start_from} first: it teaches the text.")
        state = torch.load(path, map_location="cpu", weights_only=True)["model"]
        told = {name.removeprefix(part): value for name, value in state.items() if name.startswith(part)}
        self.network.text_encoder.load_state_dict(told)
        return f"begun with the text encoder of {self.config.start_from}"

    def batch(self, step: int, rng: np.random.Generator) -> list[Tensor]:
        """Return squares, the same of the enlarged pictures, token ids and their mask."""
        config, is_large = self.config, rng.random() < LARGE_SHARE
        side, count = (128, max(1, config.batch_size // 4)) if is_large else (64, config.batch_size)
        batch = self.pictures.batch(count, side, config.p_uncond, rng)
        tokens = tokenize(self.tokenizer, batch.captions)
        return [batch.x_0, batch.enlarged, tokens.input_ids, tokens.attention_mask]

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the weighted error of the noise, the bound of the variance, and their sum."""
        x_0, enlarged, ids, mask = batch
        config, alphas_cumprod, count = self.config, self.alphas_cumprod.to(x_0.device), len(x_0)
        last = torch.where(torch.rand(count, generator=generator) < EARLY_SHARE, EARLY, len(alphas_cumprod))
        t = (torch.rand(count, generator=generator) * last).long().to(x_0.device)
        level = torch.randint(0, NOISIEST + 1, (count,), generator=generator).to(x_0.device)
        low, _ = noised(enlarged, alphas_cumprod[level], generator)
        x_t, eps = noised(x_0, alphas_cumprod[t], generator)
        eps_pred, variance = self._predict(x_t, low, t, level, ids, mask).float().chunk(2, dim=1)
        snr = alphas_cumprod[t] / (1 - alphas_cumprod[t])
        weight = (snr.clamp(1, config.min_snr_gamma) / snr).clamp(max=config.largest_weight)  # Hang et al. 2023
        squared = ((eps_pred - eps) ** 2).mean(dim=(1, 2, 3))
        bound = variational_bound(x_0, x_t, t, eps_pred.detach(), variance, alphas_cumprod).mean()
        return {"loss": (weight * squared).mean() + bound, "noise": squared.mean().detach(), "bound": bound.detach()}

    def _predict(self, x_t: Tensor, low: Tensor, t: Tensor | int, level: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Return noise and variance (B, 6, H, W) for noisy pictures and enlarged ones (B, 3, H, W)."""
        embeds = self.network.text_encoder(ids, attention_mask=mask)[0]
        both = torch.cat([x_t, low], dim=1).contiguous(memory_format=torch.channels_last)
        return self.network.unet(both, t, encoder_hidden_states=embeds, class_labels=level, return_dict=False)[0]

    @torch.no_grad()
    def samples(self) -> Image.Image:
        """Return pictures enlarged, drawn and as they are, one above the other, and print how near both come."""
        x_0, captions = self.pictures.whole(SHOWN, np.random.default_rng(self.config.seed))
        enlarged = enlarge(shrunk(x_0))
        drawn = torch.cat([self.upscale(e[None], [said]) for e, said in zip(enlarged, captions, strict=True)])
        for name, pictures in (("enlarged", enlarged), ("drawn", drawn)):
            error = (pictures.clamp(-1, 1) - x_0).square().mean(dim=(1, 2, 3))
            print(f"PSNR {name:9}" + " ".join(f"{value:.1f}" for value in 10 * torch.log10(4 / error)), flush=True)
        rows = torch.cat([torch.cat(list(row), dim=-1) for row in (enlarged, drawn, x_0)], dim=-2)
        return Image.fromarray(((rows.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy())

    def upscale(self, enlarged: Tensor, captions: list[str]) -> Tensor:
        """Draw 256 px pictures by DDIM (Song et al. 2021, eq. 12), beginning with the enlarged ones noised to START."""
        place, tokens = next(self.network.parameters()).device, tokenize(self.tokenizer, captions)
        ids, mask = tokens.input_ids.to(place), tokens.attention_mask.to(place)
        generator, abar, count = torch.Generator().manual_seed(0), self.alphas_cumprod.to(place), len(enlarged)
        enlarged, level = enlarged.to(place), torch.full((count,), LEVEL, device=place)
        low, _ = noised(enlarged, abar[level], generator)
        x_t, _ = noised(enlarged, abar[START].expand(count), generator)
        times = torch.linspace(START, 0, STEPS + 1).long().tolist()
        for t, t_prev in zip(times[:-1], times[1:], strict=True):
            with self.precision():
                output = self._predict(x_t, low, t, level, ids, mask).float()
            x_0_pred = ((x_t - (1 - abar[t]).sqrt() * output[:, :3]) / abar[t].sqrt()).clamp(-1, 1)
            eps = (x_t - abar[t].sqrt() * x_0_pred) / (1 - abar[t]).sqrt()
            kept = abar[t_prev] if t_prev else torch.ones_like(abar[0])
            x_t = kept.sqrt() * x_0_pred + (1 - kept).sqrt() * eps
        return x_t.cpu()


def build_upscaler(text_dim: int, unet: dict[str, Any]) -> UNet2DConditionModel:
    """Build a U-Net of convolutions alone, which runs at any size: noisy and enlarged in, noise and variance out.

    The text enters with the time, as in DeepFloyd IF; the level of the enlarged picture's noise is the class label.
    """
    channels = tuple(unet["block_out_channels"])
    model = UNet2DConditionModel(
        sample_size=FULL,
        in_channels=6,
        out_channels=6,
        layers_per_block=unet["layers_per_block"],
        block_out_channels=channels,
        down_block_types=("DownBlock2D",) * len(channels),
        mid_block_type="UNetMidBlock2D",
        up_block_types=("UpBlock2D",) * len(channels),
        cross_attention_dim=text_dim,
        attention_head_dim=unet["attention_heads"],
        norm_num_groups=unet["norm_groups"],
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=unet["attention_heads"],
        class_embed_type="timestep",
    )
    start_from_identity(model)
    return model


def noised(x: Tensor, alpha_bar: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, H, W) noised to alpha_bar (B,), Ho et al. 2020, eq. 4, and the noise."""
    alpha_bar = alpha_bar[:, None, None, None]
    eps = torch.randn(x.shape, generator=generator).to(x)
    return alpha_bar.sqrt() * x + (1 - alpha_bar).sqrt() * eps, eps
