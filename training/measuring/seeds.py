"""What is measured several times: with which seeds, and how the outcomes are told."""

from __future__ import annotations

import statistics

SEEDS = range(5)


def spread(values: list[float]) -> dict[str, float]:
    """Return mean and standard deviation over the seeds."""
    return {"mean": round(statistics.mean(values), 4), "std": round(statistics.stdev(values), 4)}
