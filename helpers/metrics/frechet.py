"""The Frechet distance of two sets of features, as FID measures it (Heusel et al. 2017, arXiv:1706.08500, eq. 6)."""

import torch
from torch import Tensor


def frechet_distance(features: Tensor, others: Tensor) -> float:
    """Return |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of the means m and covariances C of two sets of features.

    features, others  (N, F) and (M, F), one row a picture; with few rows the distance comes out too large, so compare
                      only numbers from equally many pictures
    Raises ValueError for other shapes or fewer than two rows.
    """
    if (
        features.ndim != 2
        or others.ndim != 2
        or features.shape[1] != others.shape[1]
        or min(len(features), len(others)) < 2
    ):
        raise ValueError(
            f"features are {tuple(features.shape)} and {tuple(others.shape)}; expected (N, F) and (M, F) with at least "
            "two rows each and the same F."
        )
    (mean, covariance), (other_mean, other_covariance) = _moments(features), _moments(others)
    # the eigenvalues of C1 C2 are those of the symmetric C1^(1/2) C2 C1^(1/2), which are not negative
    half = _root(covariance)
    overlap = torch.linalg.eigvalsh(half @ other_covariance @ half).clamp(min=0).sqrt().sum()
    distance = (mean - other_mean).square().sum() + covariance.trace() + other_covariance.trace() - 2 * overlap
    return max(distance.item(), 0.0)


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    features = features.double()
    return features.mean(dim=0), features.T.cov()


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T
