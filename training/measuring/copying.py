"""Is it a copying machine? The training picture nearest to each sample, beside pictures that it should resemble."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from diffusers import IFPipeline
from torch.nn import functional as F

from training.measuring.drawing import draw
from training.pictures import Pictures

SCALE = 5.0
SEEDS = 5
SHIFTS = (-2, -1, 0, 1, 2)  # pixels; training moves an emoji by up to two


class Nearest(NamedTuple):
    """The nearest training picture of each of B pictures."""

    distance: torch.Tensor  # (B,), root mean square over pixels in [-1, 1]
    picture: torch.Tensor  # (B, 3, H, W)


def training_bank(pictures: Pictures) -> torch.Tensor:
    """Every subject in every style on white, as trained on before it is moved about; (N, 3, size, size) in [-1, 1]."""
    layers = torch.cat([pictures.emoji[style] for style in pictures.styles])
    layers = F.adaptive_avg_pool2d(layers, pictures.size)
    return (layers[:, :3] + 1 - layers[:, 3:]) * 2 - 1


def nearest(samples: torch.Tensor, bank: torch.Tensor) -> Nearest:
    """Find the nearest picture of the bank, moved by up to two pixels; ground rolled in is white at both sides."""
    best = torch.full((len(samples),), float("inf"))
    picture = torch.zeros_like(samples)
    for down in SHIFTS:
        for right in SHIFTS:
            moved = bank.roll((down, right), (2, 3))
            distance, index = torch.cdist(samples.flatten(1), moved.flatten(1)).min(dim=1)
            closer = distance < best
            best = torch.where(closer, distance, best)
            picture[closer] = moved[index[closer]]
    return Nearest(best / samples[0].numel() ** 0.5, picture)


def measure_copying(stage_1: IFPipeline, pictures: Pictures) -> dict[str, Any]:
    """Quantiles of the distance to the nearest training picture, for samples and for two sets to compare with.

    samples    five pictures of each subject at scale 5
    augmented  training pictures as they are moved and resized afresh: what a perfect memory would draw
    styles     each subject in one style against its other five styles: what a new style of a known thing is like
    """
    bank, names = training_bank(pictures), [subject["say"][0] for subject in pictures.subjects["subjects"]]
    samples = torch.cat([draw(stage_1, names, SCALE, seed) for seed in range(SEEDS)])
    found = nearest(samples, bank)
    rng = np.random.default_rng(0)
    augmented = torch.cat([pictures.on_white(rng) for _ in range(SEEDS)])
    by_style = bank.chunk(len(pictures.styles))
    others = [torch.cat(by_style[:i] + by_style[i + 1 :]) for i in range(len(by_style))]
    styles = torch.cat([nearest(own, rest).distance for own, rest in zip(by_style, others, strict=True)])
    expected = nearest(augmented, bank).distance
    return {
        "samples": _quantiles(found.distance),
        "augmented": _quantiles(expected),
        "styles": _quantiles(styles),
        "samples_closer_than_nine_of_ten_augmented": round(
            float((found.distance < expected.quantile(0.9)).float().mean()), 3
        ),
    }


def _quantiles(distance: torch.Tensor) -> dict[str, float]:
    return {str(q): round(float(distance.quantile(q)), 3) for q in (0.1, 0.5, 0.9)}
