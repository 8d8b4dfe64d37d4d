"""Does it draw what was asked, and how different are five pictures of one prompt? Both over the guidance scale."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import torch
from diffusers import IFPipeline

from training.measuring.drawing import draw

SCALES = (1.0, 3.0, 5.0, 7.0, 10.0)
SEEDS = 5

Ranks = Callable[[torch.Tensor, list[str]], list[int]]  # the rank of the wanted name of each picture, 1 = best


def measure_prompts(stage_1: IFPipeline, names: list[str], ranks: Ranks) -> dict[str, Any]:
    """By scale: share of samples whose subject an independent classifier names first, or among its first five.

    names  what is prompted; the classifier chooses among more
    ranks  the classifier
    """
    table = {}
    for scale in SCALES:
        samples = torch.stack([draw(stage_1, names, scale, seed) for seed in range(SEEDS)])  # (seeds, names, 3, H, W)
        found = np.array([ranks(pictures, names) for pictures in samples])  # (seeds, names)
        first, first_five = (found == 1).mean(axis=1), (found <= 5).mean(axis=1)
        table[str(scale)] = {
            "top1": _mean(first),
            "top1_std_over_seeds": _std(first),
            "top5": _mean(first_five),
            "top5_std_over_seeds": _std(first_five),
            "diversity": round(diversity(samples), 4),
            "top5_by_subject": {name: _mean(found[:, i] <= 5) for i, name in enumerate(names)},
        }
    return table


def diversity(samples: torch.Tensor) -> float:
    """Mean root-mean-square distance between two samples of one prompt; samples (seeds, prompts, C, H, W)."""
    pairs = [(a - b).square().mean(dim=(1, 2, 3)).sqrt().mean() for a, b in combinations(samples, 2)]
    return float(torch.stack(pairs).mean())


def _mean(values: np.ndarray) -> float:
    return round(float(np.mean(values)), 3)


def _std(values: np.ndarray) -> float:
    return round(float(np.std(values)), 3)
