"""How far drawn pictures lie from real ones, by the CLIP that only measures."""

import torch
from torch import Tensor

from helpers.clip import embed_pictures, load_clip
from helpers.metrics.frechet import frechet_distance

MOST = 2000  # real pictures to compare with
_AT_ONCE = 500  # pictures
_PERCENT = 100


class ClipDistance:
    """The Frechet distance of pictures to a set of real ones, in the embeddings of the judge CLIP, times 100.

    real  (N, 3, H, W) in [-1, 1]; the first 2,000 are taken
    """

    def __init__(self, real: Tensor):
        self.clip = load_clip("judge", device="cpu")
        self.embeddings = self._embedded(real[:MOST])

    @torch.inference_mode()
    def _embedded(self, pictures: Tensor) -> Tensor:
        pictures = pictures.float().cpu().clamp(-1, 1)
        return torch.cat([embed_pictures(self.clip, part) for part in pictures.split(_AT_ONCE)])

    def __call__(self, pictures: Tensor) -> float:
        """Return the distance of pictures (M, 3, H, W); compare it only with that of equally many others."""
        return _PERCENT * frechet_distance(self._embedded(pictures), self.embeddings)

    def of_real(self, rows: Tensor | slice) -> float:
        """Return the distance of some of the real pictures, by their numbers."""
        return _PERCENT * frechet_distance(self.embeddings[rows], self.embeddings)
