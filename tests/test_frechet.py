"""The Frechet distance, against its closed form."""

import pytest
import torch

from helpers.data.drawn_faces import drawn_faces
from helpers.metrics import ClipDistance, frechet_distance


def gaussian(mean, std, seed=0):
    """Return numbers whose mean and covariance are exactly mean and std^2 I."""
    x = torch.randn((400, 5), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = x - x.mean(dim=0)
    return mean + std * torch.linalg.solve_triangular(torch.linalg.cholesky(x.T.cov()), x.T, upper=False).T


def test_a_set_is_at_distance_0_of_itself():
    features = gaussian(1.0, 2.0)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 1.0), (0.0, 2.0), (1.0, 0.3)])
def test_two_gaussians_are_as_far_apart_as_the_formula_says(mean, std):
    found = frechet_distance(gaussian(0.0, 1.0), gaussian(mean, std, seed=1))
    assert found == pytest.approx(5 * (mean**2 + (std - 1) ** 2), abs=1e-6)


def test_directions_that_no_picture_uses_do_no_harm():
    features = torch.cat([gaussian(0.0, 1.0), torch.zeros(400, 3)], dim=1)
    assert frechet_distance(features, features + 1) == pytest.approx(8, abs=1e-6)


@pytest.mark.parametrize("shapes", [((10, 3), (10, 4)), ((1, 3), (10, 3)), ((10,), (10, 3))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="at least two rows"):
        frechet_distance(*(torch.zeros(shape) for shape in shapes))


def test_drawn_faces_lie_nearer_to_drawn_faces_than_noise():
    faces = torch.from_numpy(drawn_faces(60, 32)).permute(0, 3, 1, 2) / 127.5 - 1
    distance = ClipDistance(faces[:40])
    noise = torch.randn(20, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert distance(faces[:40]) == pytest.approx(0, abs=1e-2)
    assert distance(faces[40:]) < 0.5 * distance(noise)
    assert distance.of_real(slice(0, 20)) == pytest.approx(distance(faces[:20]), rel=1e-3)
