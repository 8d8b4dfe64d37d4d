"""The one diagnosis of all checks: what counts as the same, how well a rule fits, and which mistake is named."""

import pytest
import torch

from helpers.checks.diagnosis import Outcome, diagnose, misfit, nearest, off, same, surprise
from helpers.checks.report import Mistake, mistakes

DOUBLED, HALVED = Mistake("doubled", "twice too large"), Mistake("halved", "half of what it should be")
NAN = float("nan")


@pytest.mark.parametrize(
    ("got", "wanted", "is_same"),
    [
        ([1.0, 5.0], [1.0009, 5.004], True),
        ([1.0, 5.0], [1.0011, 5.0], False),
        ([0.0], [0.0009], True),  # small numbers are compared as if they were 1
        ([1.0, 1.0], [1.0], False),
        ([NAN], [NAN], True),
        ([NAN], [1.0], False),
        ([float("inf")], [1.0], False),
    ],
)
def test_numbers_are_the_same_up_to_a_share_of_them(got, wanted, is_same):
    assert same(torch.tensor(got), torch.tensor(wanted), 1e-3) == is_same


def test_how_far_numbers_are_apart_is_counted_in_tolerances():
    assert off(torch.tensor(1.03), torch.tensor(1.0), 1e-2) == pytest.approx(3, rel=1e-4)
    assert off(torch.tensor(0.02), torch.tensor(0.01), 1e-2, smallest=0.1) == pytest.approx(10, rel=1e-4)


def test_the_mistake_that_fits_best_is_named_and_none_where_none_fits():
    assert diagnose({DOUBLED: [0.9, 0.8], HALVED: [0.2, 0.3]}) == HALVED
    assert diagnose({DOUBLED: [1.1], HALVED: [40.0]}) is None
    assert diagnose({}) is None and diagnose({DOUBLED: []}) is None


def test_a_mistake_must_explain_more_than_nine_tenths_of_what_was_seen():
    assert diagnose({DOUBLED: [0.1] * 19 + [9.0]}) == DOUBLED
    assert diagnose({DOUBLED: [0.1] * 9 + [9.0]}) is None


def test_another_score_decides_among_those_that_explain():
    fits = {DOUBLED: [0.1], HALVED: [0.9]}
    assert diagnose(fits, score=lambda mistake: {DOUBLED: 5, HALVED: 1}[mistake]) == HALVED


def test_the_nearest_wrong_number_is_named_within_the_tolerance():
    wrong = {DOUBLED: torch.tensor(2.0), HALVED: torch.tensor(0.5)}
    assert nearest(torch.tensor(2.001), wrong, 1e-2) == DOUBLED
    assert nearest(torch.tensor(1.2), wrong, 1e-2) is None


@pytest.mark.parametrize(("width", "fits"), [(1.0, True), (1.3, False), (0.7, False)])
def test_a_picture_fits_an_outcome_whose_noise_has_its_size(width, fits):
    noise = torch.randn((3, 32, 32), generator=torch.Generator().manual_seed(0))
    expected = Outcome(torch.full((3, 32, 32), 0.3), torch.full((3, 32, 32), 0.5))
    assert (misfit(0.3 + 0.5 * width * noise, expected, 1e-4) <= 1) == fits


def test_without_noise_a_picture_fits_up_to_rounding():
    expected = Outcome(torch.zeros(3, 8, 8), torch.zeros(3, 8, 8))
    assert (
        misfit(torch.full((3, 8, 8), 0.9e-4), expected, 1e-4) < 1 < misfit(torch.full((3, 8, 8), 2e-4), expected, 1e-4)
    )
    assert misfit(torch.full((3, 8, 8), NAN), expected, 1e-4) == float("inf")


def test_the_likelier_outcome_is_the_less_surprising_one():
    seen = 0.5 * torch.randn((3, 32, 32), generator=torch.Generator().manual_seed(0))
    right, wide = (Outcome(torch.zeros_like(seen), torch.full_like(seen, std)) for std in (0.5, 0.55))
    assert surprise(seen, right, 1e-4) < surprise(seen, wide, 1e-4)


def test_a_table_gives_its_mistakes_the_place_where_to_read():
    table = mistakes("eq. 4", {("doubled", "twice too large"): abs})
    assert table == {Mistake("doubled", "twice too large", "eq. 4"): abs}
