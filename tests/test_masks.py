"""Masks made from boxes and ellipses."""

import math

import pytest
import torch

from helpers.data import box_mask, ellipse_mask


@pytest.mark.parametrize("make", [box_mask, ellipse_mask])
def test_a_mask_holds_zeros_and_ones_of_the_usual_shape(make):
    mask = make(32, 0.2, 0.1, 0.9, 0.6)
    assert mask.shape == (1, 1, 32, 32) and mask.dtype == torch.float32
    assert set(mask.unique().tolist()) == {0.0, 1.0}


def test_a_box_covers_the_pixels_whose_centres_it_holds():
    mask = box_mask(8, 0.25, 0.5, 0.75, 1.0)
    expected = torch.zeros(8, 8)
    expected[4:, 2:6] = 1
    assert torch.equal(mask[0, 0], expected)


def test_the_whole_picture_is_a_box():
    assert bool(box_mask(16, 0, 0, 1, 1).all())


@pytest.mark.parametrize("size", [64, 256])
def test_an_ellipse_covers_pi_quarters_of_its_box(size):
    share = ellipse_mask(size, 0.1, 0.2, 0.9, 0.7).sum() / box_mask(size, 0.1, 0.2, 0.9, 0.7).sum()
    assert abs(share - math.pi / 4) < 0.03


def test_a_mask_covers_the_same_share_at_every_size():
    assert abs(ellipse_mask(32, 0.2, 0.1, 0.8, 0.9).mean() - ellipse_mask(64, 0.2, 0.1, 0.8, 0.9).mean()) < 0.01


@pytest.mark.parametrize("make", [box_mask, ellipse_mask])
@pytest.mark.parametrize(
    "box, message",
    [
        ((0.8, 0.1, 0.2, 0.9), "inside out"),
        ((0.1, 0.9, 0.2, 0.1), "inside out"),
        ((0.5, 0.1, 0.5, 0.9), "inside out"),
        ((-0.1, 0.1, 0.5, 0.9), "left is -0.1; expected a part of the picture"),
        ((0.1, 0.1, 16, 0.9), "right is 16; expected a part of the picture"),
        ((0.1, float("nan"), 0.5, 0.9), "top is nan"),
        ((0.501, 0.501, 0.502, 0.502), "holds no pixel"),
    ],
)
def test_a_box_that_is_none_is_refused(make, box, message):
    with pytest.raises(ValueError, match=message):
        make(32, *box)


@pytest.mark.parametrize("size", [0, -3, 3.5, True])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match="expected a whole number of pixels"):
        box_mask(size, 0, 0, 1, 1)
