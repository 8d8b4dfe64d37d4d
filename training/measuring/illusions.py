"""Do its anagrams and hybrids work? An independent classifier looks at both views of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers import IFPipeline

from helpers.sampling import low_pass, make_flip_illusion, make_hybrids
from helpers.schedules import strided
from training.measuring.drawing import embed
from training.measuring.prompts import Ranks

SEEDS = 3
SCALES = {"guided": 7.0, "unguided": 1.0}
PAIRS = [
    ("an old man", "a fire"), ("a fire", "a dog"), ("a snowy mountain village", "an old man"),
    ("a skull", "waterfalls"), ("a peacock", "a forest"), ("an elephant", "a mosque"), ("mount fuji", "a rocket"),
    ("a volcano", "a cup of coffee"), ("a cat", "an owl"), ("a castle", "a crown"), ("a penguin", "a rabbit"),
    ("a turtle", "a mushroom"), ("a rose", "a lion"), ("a whale", "a boat"), ("a bear", "a panda"),
    ("a sunflower", "the sun"), ("an umbrella", "a heart"), ("a fox", "a pumpkin"), ("a skull", "an apple"),
    ("a tree", "a balloon"),
]  # fmt: skip


def measure_illusions(stage_1: IFPipeline, ranks: Ranks) -> dict[str, Any]:
    """Shares of pairs whose views are among the classifier's first five names: each view, and both at once."""
    table: dict[str, Any] = {}
    for kind, views in (("anagram", anagram_views), ("hybrid", hybrid_views)):
        for name, scale in SCALES.items():
            seen = np.array([views_recognised(stage_1, views, ranks, scale, seed) for seed in range(SEEDS)])
            both = seen.all(axis=1).mean(axis=1)  # (seeds,)
            table[f"{kind}, {name}"] = {
                "first_view": round(float(seen[:, 0].mean()), 3),
                "second_view": round(float(seen[:, 1].mean()), 3),
                "both": round(float(both.mean()), 3),
                "both_std_over_seeds": round(float(both.std()), 3),
            }
    return table


def views_recognised(stage_1: IFPipeline, views, ranks: Ranks, scale: float, seed: int) -> list[np.ndarray]:
    """For each of the two views, which pairs are recognised in it; two arrays (pairs,) of booleans."""
    first, second = ([pair[i] for pair in PAIRS] for i in (0, 1))
    embeds_1, null = embed(stage_1, first)
    embeds_2, _ = embed(stage_1, second)
    size = stage_1.unet.config.sample_size
    torch.manual_seed(seed)
    x_t = torch.randn(len(PAIRS), 3, size, size)
    pictures = views(stage_1, x_t, embeds_1, embeds_2, null, scale)
    return [np.array(ranks(seen, names)) <= 5 for seen, names in zip(pictures, (first, second), strict=True)]


def anagram_views(stage_1, x_t, embeds_1, embeds_2, null, scale) -> tuple[torch.Tensor, torch.Tensor]:
    """The anagrams upright and turned upside down."""
    *_, picture = make_flip_illusion(x_t, 0, embeds_1, embeds_2, null, strided(), stage_1, scale)
    return picture.clamp(-1, 1), picture.clamp(-1, 1).flip(-2)


def hybrid_views(stage_1, x_t, embeds_1, embeds_2, null, scale) -> tuple[torch.Tensor, torch.Tensor]:
    """The hybrids from afar, blurred as the eye would, and from close by."""
    *_, picture = make_hybrids(x_t, 0, embeds_1, embeds_2, null, strided(), stage_1, scale)
    return low_pass(picture).clamp(-1, 1), picture.clamp(-1, 1)
