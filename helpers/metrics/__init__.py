"""Numbers that say how good generated pictures are: what a judge sees in them, and how far they lie from real ones."""

from helpers.metrics.clip_distance import ClipDistance
from helpers.metrics.digit_judge import load_digit_judge
from helpers.metrics.frechet import frechet_distance

__all__ = ["ClipDistance", "frechet_distance", "load_digit_judge"]
