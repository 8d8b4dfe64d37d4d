"""The measurement of the pocket model: each number on pictures whose answer is known."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.clip import CANDIDATES
from helpers.denoisers.exact import GaussianMixture, exact_stage_1
from helpers.weights import CHECKSUMS, SHIPPED, sha256
from training.captions import load_subjects
from training.measuring import illusions, prompts
from training.measuring.copying import nearest, training_bank
from training.measuring.denoising import best_blur, measure_denoising, own_kind
from training.measuring.drawing import draw
from training.measuring.pocket import TEMPLATE, fill
from training.measuring.prompts import diversity, measure_prompts
from training.pictures import Pictures
from training.samples import SHEETS, WEIGHTS_KEY
from training.stand_in import write_stand_in

SUBJECTS = load_subjects()
NAMES = ["a dark picture", "a light picture"]


@pytest.fixture(scope="module")
def two_pictures():
    """Return a pipeline whose world is two flat pictures, each under its own name."""
    means = torch.stack([torch.full((3, 16, 16), -0.8), torch.full((3, 16, 16), 0.8)])
    return exact_stage_1(GaussianMixture(means, captions=((NAMES[0],), (NAMES[1],))))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return Pictures(write_stand_in(tmp_path_factory.mktemp("data"), SUBJECTS), SUBJECTS, 16, 0.3, 0.2)


def ranks_by_light(seen: torch.Tensor, names: list[str]) -> list[int]:
    """Name a picture by its brightness: rank 1 where it is as named, else 10."""
    light = seen.mean(dim=(1, 2, 3)) > 0
    return [1 if is_light == (name == NAMES[1]) else 10 for is_light, name in zip(light.tolist(), names, strict=True)]


def test_the_exact_model_draws_what_is_asked_and_nothing_else(two_pictures, monkeypatch):
    monkeypatch.setattr(prompts, "SCALES", (1.0,))
    monkeypatch.setattr(prompts, "SEEDS", 2)
    row = measure_prompts(two_pictures, NAMES, ranks_by_light)["1.0"]
    assert row["top1"] == row["top5"] == 1.0 and row["top1_std_over_seeds"] == 0.0
    assert row["diversity"] < 0.05, "the world has one picture a prompt"
    assert row["top5_by_subject"] == dict.fromkeys(NAMES, 1.0)


def test_a_classifier_that_sees_something_else_counts_as_wrong(two_pictures, monkeypatch):
    monkeypatch.setattr(prompts, "SCALES", (1.0,))
    monkeypatch.setattr(prompts, "SEEDS", 2)
    row = measure_prompts(two_pictures, NAMES, lambda seen, names: [6] * len(names))["1.0"]
    assert row["top1"] == row["top5"] == 0.0


def test_diversity_is_the_mean_distance_of_pairs():
    samples = torch.zeros(3, 2, 1, 4, 4)
    samples[1], samples[2] = 1.0, 3.0  # distances 1, 3 and 2
    assert diversity(samples) == pytest.approx(2.0)


def test_a_moved_training_picture_is_found_at_distance_zero(pictures):
    bank = training_bank(pictures)
    moved = bank[[5, 40]].roll((1, -2), (2, 3))
    found = nearest(moved, bank)
    assert found.distance.max() < 1e-3
    torch.testing.assert_close(found.picture, moved)


def test_the_distance_to_the_nearest_picture_is_a_root_mean_square(pictures):
    bank = training_bank(pictures)
    found = nearest(bank[:1] + 0.25, bank[:1])
    assert found.distance.item() == pytest.approx(0.25, abs=1e-5)


def test_moved_pictures_lie_on_white_within_the_range(pictures):
    batch = pictures.on_white(np.random.default_rng(0))
    assert batch.shape == (len(SUBJECTS["subjects"]), 3, 16, 16)
    assert batch.min() >= -1.001 and batch.max() <= 1.001


def test_best_blur_of_a_clean_picture_is_no_blur():
    x_0 = torch.rand(1, 3, 16, 16) * 2 - 1
    assert best_blur(x_0 + 1e-3, x_0, 1.0) > 50


def test_the_exact_denoiser_beats_every_blur_on_its_own_pictures(two_pictures):
    table = measure_denoising(two_pictures, {"dark": torch.full((1, 3, 16, 16), -0.8)})
    assert all(row["one_step"] > row["best_blur"] for row in table.values())
    assert [row["pictures_where_one_step_wins"] for row in table.values()] == [1, 1, 1]


@pytest.mark.parametrize("shares", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
def test_ten_pictures_of_each_kind_are_drawn_for_the_measurement(pictures, shares):
    assert len(own_kind(pictures, shares)) == 10


def test_both_views_of_an_illusion_are_looked_at(two_pictures, monkeypatch):
    """Flat pictures cannot be dark and light at once, but the same thing twice they can."""
    for pairs, both in (([(NAMES[0], NAMES[0])], 1.0), ([(NAMES[0], NAMES[1])], 0.0)):
        monkeypatch.setattr(illusions, "PAIRS", pairs)
        monkeypatch.setattr(illusions, "SEEDS", 2)
        table = illusions.measure_illusions(two_pictures, ranks_by_light)
        assert {kind: row["both"] for kind, row in table.items()} == dict.fromkeys(table, both)
        assert set(table) == {"anagram, guided", "anagram, unguided", "hybrid, guided", "hybrid, unguided"}


def test_the_pairs_of_the_measurement_are_subjects_that_the_classifier_can_name():
    names = {wording for subject in SUBJECTS["subjects"] for wording in subject["say"]}
    assert {name for pair in illusions.PAIRS for name in pair} <= names & set(CANDIDATES)
    assert len(illusions.PAIRS) == 20


def test_samples_depend_on_the_seed_alone(two_pictures):
    assert torch.equal(draw(two_pictures, NAMES, 2.0, seed=3), draw(two_pictures, NAMES, 2.0, seed=3))


def test_the_card_states_what_was_measured():
    measured = json.loads((SHIPPED / "pocket" / "measured.json").read_text(encoding="utf-8"))
    text = TEMPLATE.read_text(encoding="utf-8").format(**fill(measured))
    assert text == (SHIPPED / "pocket" / "README.md").read_text(encoding="utf-8")
    assert "{" not in text


@pytest.mark.parametrize("name", ["prompts", "styles", "interpolations"])
def test_the_sheets_were_drawn_by_the_weights_that_are_shipped(name):
    assert Image.open(SHEETS / f"{name}.png").text[WEIGHTS_KEY] == sha256(SHIPPED / "pocket" / CHECKSUMS), (
        "the weights have changed since the sheets were drawn; run: python -m training samples pocket"
    )
