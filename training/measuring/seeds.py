"""What is measured several times: with which seeds, and how the outcomes are told."""

from __future__ import annotations

import statistics

import torch

from helpers.metrics import ClipDistance
from helpers.runtime import generator

SEEDS = range(5)


def spread(values: list[float]) -> dict[str, float]:
    """Return mean and standard deviation over the seeds."""
    return {"mean": round(statistics.mean(values), 4), "std": round(statistics.stdev(values), 4)}


def distance_of_real(distance: ClipDistance, count: int) -> dict[str, float]:
    """Return the distance that as many of the real pictures have, chosen anew with each seed."""
    real = len(distance.embeddings)
    chosen = [torch.randperm(real, generator=generator(seed))[:count] for seed in SEEDS]
    return spread([distance.of_real(rows) for rows in chosen])
