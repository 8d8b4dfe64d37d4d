"""Does it denoise what it never saw? One step and the loop beside the best Gaussian blur."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import IFPipeline
from PIL import Image
from torchvision.transforms.functional import gaussian_blur

from helpers.checks.pictures import psnr_of
from helpers.sampling import forward, iterative_denoise, one_step_denoise
from helpers.schedules import strided
from training.pictures import Pictures

TIMES = (100, 250, 500)
SEEDS = 5  # noises for each picture
SIGMAS = np.geomspace(0.3, 4.0, 16)


def load_photos(folder: Path, size: int) -> dict[str, torch.Tensor]:
    """Read the photographs, never trained on, as (1, 3, size, size) in [-1, 1]."""
    photos = {}
    for path in sorted((folder / "photos").glob("*.png")):
        image = Image.open(path).convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        photos[path.stem] = torch.from_numpy(np.array(image, dtype=np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    return photos


def own_kind(pictures: Pictures, shares: list[float]) -> dict[str, torch.Tensor]:
    """Ten pictures as they are trained on, with a random source that training never used.

    shares  of emoji, prints and faces
    """
    pictures.shares = [*shares, 0.0]  # no photographs
    batch = pictures.batch(10, 0.0, np.random.default_rng([pictures.size, shares.index(1)]))
    return {str(i): x[None] for i, x in enumerate(batch.x_0)}


def best_blur(x_t: torch.Tensor, x_0: torch.Tensor, alpha_bar_t: float) -> float:
    """PSNR of the best Gaussian blur of x_t / sqrt(alpha-bar_t); the best sigma is found with x_0 in sight."""
    scaled = x_t / alpha_bar_t**0.5
    blurred = [gaussian_blur(scaled, [2 * round(3 * s) + 1] * 2, [float(s)] * 2).clamp(-1, 1) for s in SIGMAS]
    return max(psnr_of(each, x_0) for each in [scaled.clamp(-1, 1), *blurred])


def measure_denoising(stage_1: IFPipeline, pictures: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Mean PSNR by time, over pictures and SEEDS noises each: one step, best blur, iterative."""
    neutral = stage_1.encode_prompt("a high quality photo", do_classifier_free_guidance=False)[0].detach()
    alphas_cumprod, table = stage_1.scheduler.alphas_cumprod, {}
    for t in TIMES:
        rows = []
        for x_0 in pictures.values():
            eps = torch.randn((SEEDS, *x_0.shape[1:]), generator=torch.Generator().manual_seed(t))
            x_t = forward(x_0.expand_as(eps), t, alphas_cumprod, eps)
            once = one_step_denoise(x_t, t, neutral, stage_1).clamp(-1, 1)
            blurs = [best_blur(x[None], x_0, float(alphas_cumprod[t])) for x in x_t]
            torch.manual_seed(t)
            *_, looped = iterative_denoise(x_t, 0, neutral, [t, *(s for s in strided() if s < t)], stage_1)
            ways = [[psnr_of(x, x_0[0]) for x in once], blurs, [psnr_of(x, x_0[0]) for x in looped.clamp(-1, 1)]]
            rows.append(np.mean(ways, axis=1))
        means, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
        names = ("one_step", "best_blur", "iterative")
        table[str(t)] = {name: round(float(mean), 2) for name, mean in zip(names, means, strict=True)}
        table[str(t)]["one_step_std_over_pictures"] = round(float(spread[0]), 2)
        table[str(t)]["pictures_where_one_step_wins"] = int(sum(row[0] > row[1] for row in rows))
    return table
