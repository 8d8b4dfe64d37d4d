"""The training of the pocket CLIPs: loss against a plain loop, captions and truths, a kill in the middle of a run."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
import yaml

from helpers import clip as clips
from helpers.clip import CANDIDATES
from helpers.weights import folder_of, registry
from training.__main__ import smoke_run
from training.captions import Caption, load_subjects, vocabulary
from training.clip import LARGEST_SCALE, TINY, ClipConfig, ClipJob, contrastive_loss
from training.clip_data import ClipPictures, Shown, clip_subjects, truth
from training.clip_spoil import blur, noised, recolour, spoil, warp
from training.clip_tokenizer import build_clip_tokenizer, known_words, learn_merges
from training.config import ROOT, load_config, tiny
from training.measuring import clip as measuring
from training.registry import entry_of, files_in
from training.stand_in import write_stand_in
from training.trainer import CHECKPOINT, Trainer

SUBJECTS = clip_subjects()
STILL = {
    "smallest": 1.02, "turn": 0, "mirror": 0.0, "coloured": 0.0, "tint": 0.0, "through_32": 0.0,
    "style_weights": {}, "grey": 0.0, "hue": 0.0, "blurred": 0.0, "widest_blur": 2.0, "noised": 0.0, "latest_t": 700,
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_stand_in(tmp_path_factory.mktemp("data"), SUBJECTS)


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def clip_settings(name="clip_judge", path=ROOT / "training" / "clip.yaml"):
    return load_config(ClipConfig, path, name)


def open_run(config, data, folder):
    return Trainer(ClipJob(config, data), folder)


def unit(seed, rows=5, width=4):
    values = torch.randn(rows, width, generator=torch.Generator().manual_seed(seed))
    return values / values.norm(dim=1, keepdim=True)


def plain_loss(pictures, texts, scale, is_true):
    """Both directions written out: own pair over own pair plus all captions (pictures) that are false of it."""
    total, n = 0.0, len(pictures)
    for i in range(n):
        own = np.exp(scale * float(pictures[i] @ texts[i]))
        row = sum(np.exp(scale * float(pictures[i] @ texts[j])) for j in range(n) if j != i and not is_true[i, j])
        column = sum(np.exp(scale * float(pictures[j] @ texts[i])) for j in range(n) if j != i and not is_true[j, i])
        total -= np.log(own / (own + row)) + np.log(own / (own + column))
    return total / (2 * n)


@pytest.mark.parametrize("shared", [[], [(0, 3), (3, 0)], [(0, 1), (2, 1), (4, 1)]])
def test_loss_is_the_one_written_out_pair_by_pair(shared):
    is_true = torch.eye(5, dtype=torch.bool)
    for i, j in shared:
        is_true[i, j] = True
    loss = contrastive_loss(unit(0), unit(1), torch.tensor(7.0), is_true)
    assert loss.item() == pytest.approx(plain_loss(unit(0), unit(1), 7.0, is_true), rel=1e-5)


def test_loss_does_not_push_a_caption_away_from_a_picture_that_it_describes():
    texts = unit(1)[[0, 0, 1]]  # two pictures with one caption
    is_true = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    pictures = texts.clone()
    assert contrastive_loss(pictures, texts, torch.tensor(100.0), is_true) < 1e-4
    assert contrastive_loss(pictures, texts, torch.tensor(100.0), torch.eye(3, dtype=torch.bool)) > 0.4


def test_caption_is_true_of_a_picture_that_shows_all_it_states():
    rocket = Shown(Caption("a rocket", ["a rocket"]), {"a rocket", "noto", "red"})
    red_rocket = Shown(Caption("a rocket on a red background", ["a rocket", "red"]), {"a rocket", "twemoji", "red"})
    blue_rocket = Shown(Caption("an icon of a rocket", ["a rocket", "twemoji"]), {"a rocket", "twemoji", "blue"})
    expected = [[1, 1, 0], [1, 1, 1], [1, 0, 1]]
    assert truth([rocket, red_rocket, blue_rocket]).int().tolist() == expected


def test_merges_put_each_word_together_and_are_the_same_each_time():
    words = known_words(vocabulary(SUBJECTS))
    tokenizer = build_clip_tokenizer(words)
    assert [word for word in words if len(tokenizer(word).input_ids) != 3] == []
    assert learn_merges(words) == learn_merges(words)


def test_learn_merges_of_one_word_by_hand():
    assert learn_merges(["abab"]) == [("a", "b"), ("a", "b</w>"), ("ab", "ab</w>")]


def test_candidates_are_the_subjects_of_the_pocket_model_and_26_more_that_the_clips_know():
    pocket = [subject["say"][0] for subject in load_subjects()["subjects"]]
    known = {subject["say"][0] for subject in SUBJECTS["subjects"]}
    assert list(CANDIDATES[: len(pocket)]) == pocket
    assert len(set(CANDIDATES)) == 100 and set(CANDIDATES) <= known


def test_no_wording_names_two_subjects_and_no_emoji_is_drawn_twice():
    said = [wording for subject in SUBJECTS["subjects"] for wording in subject["say"]]
    drawn = [subject["draw"] for subject in SUBJECTS["subjects"] if isinstance(subject["draw"], str)]
    assert len(said) == len(set(said)) and len(drawn) == len(set(drawn))


def test_style_held_out_is_neither_drawn_nor_named(data):
    subjects = clip_subjects("twemoji")
    pictures = ClipPictures(data, subjects, 16, 0.1, 0.1, STILL)
    assert "twemoji" not in pictures.pictures.emoji
    assert {"cartoon", "icon", "sticker"} & set(known_words(vocabulary(subjects))) == set()
    rng = np.random.default_rng(0)
    captions = [caption for _ in range(10) for caption in pictures.batch(64, rng).captions]
    assert not [caption for caption in captions if "cartoon" in caption or "icon of" in caption]


def test_unknown_style_to_hold_out_is_refused():
    with pytest.raises(ValueError, match=r"'tweemoji'.*twemoji"):
        clip_subjects("tweemoji")


def test_batch_holds_pictures_captions_and_what_is_true(data):
    how = clip_settings("clip_pocket").spoil
    batch = ClipPictures(data, SUBJECTS, 16, 0.2, 0.2, how).batch(24, np.random.default_rng(0))
    assert batch.pictures.shape == (24, 3, 16, 16) and batch.pictures.isfinite().all()
    assert len(batch.captions) == 24 and batch.is_true.shape == (24, 24) and batch.is_true.diagonal().all()


def test_warp_at_full_size_leaves_the_picture_and_mirror_flips_it():
    picture = torch.rand(2, 4, 12, 12, generator=torch.Generator().manual_seed(0))
    placed = warp(picture, 12, STILL, np.random.default_rng(0))
    assert (placed - picture).abs().mean() < 0.1
    flipped = warp(picture, 12, STILL | {"mirror": 1.0}, np.random.default_rng(0))
    assert (flipped - picture.flip(-1)).abs().mean() < 0.1 < (flipped - picture).abs().mean()


def test_recolour_turns_the_hue_or_fades_to_grey_and_leaves_greys_and_shapes():
    layers = torch.rand(6, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    layers[:, :3] *= layers[:, 3:] * torch.tensor([1.0, 0.3, 0.1])[:, None, None]  # reddish, premultiplied
    rng = np.random.default_rng(0)
    assert torch.allclose(recolour(layers, STILL, rng), layers)
    faded = recolour(layers, STILL | {"grey": 1.0}, rng)
    spread = [each[:, :3].amax(1) - each[:, :3].amin(1) for each in (faded, layers)]
    assert (spread[0] <= 0.4 * spread[1] + 1e-6).all()
    turned = recolour(layers, STILL | {"hue": 1.0}, rng)
    assert (turned[:, :3] - layers[:, :3]).abs().max() > 0.1 and (turned[:, :3] <= turned[:, 3:] + 1e-6).all()
    grey = layers[:, :1].expand(-1, 3, -1, -1)
    assert torch.allclose(
        recolour(torch.cat([grey, layers[:, 3:]], 1), STILL | {"hue": 1.0}, rng)[:, :3], grey, atol=1e-5
    )


def test_styles_are_drawn_by_their_weights(data):
    how = STILL | {"style_weights": {"noto": 6, "twemoji": 0}}
    pictures = ClipPictures(data, SUBJECTS, 16, 0.0, 0.0, how)
    shares = dict(zip(pictures.pictures.styles, pictures.style_shares, strict=True))
    assert shares["noto"] == pytest.approx(0.6) and shares["twemoji"] == 0


def test_blur_keeps_the_mean_and_takes_what_is_fine():
    checks = torch.ones(2, 3, 16, 16)
    checks[..., ::2] = -1
    soft = blur(checks, np.array([0.2, 2.0]))[..., 6:10]  # away from the rim, which is repeated outwards
    assert soft[1].abs().max() < 0.05 < 0.9 < soft[0].abs().max()
    assert blur(torch.full((1, 3, 8, 8), 0.3), np.array([1.0])).allclose(torch.tensor(0.3))


def test_spoil_leaves_pictures_alone_where_all_shares_are_zero():
    picture = torch.rand(3, 3, 8, 8) * 2 - 1
    changed = spoil(picture, STILL, np.random.default_rng(1))
    assert (changed.mean(dim=1) - picture.mean(dim=1)).abs().max() < 1e-5, "only the colours may fade"


def test_noised_pictures_are_the_forward_process_or_soft():
    x_0 = torch.zeros(400, 3, 4, 4)
    x_t = noised(x_0, 900, np.random.default_rng(0))
    spread = x_t.flatten(1).std(dim=1)
    assert x_t.shape == x_0.shape and spread.min() < 0.2 and 0.8 < spread.max() < 1.3


def test_unknown_model_is_refused():
    with pytest.raises(ValueError, match=r"'clip_jugde'.*clip_judge, clip_pocket"):
        clip_settings("clip_jugde")


def test_unknown_setting_is_refused(tmp_path):
    settings = yaml.safe_load((ROOT / "training" / "clip.yaml").read_text())
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump({**settings, "batchsize": 3}))
    with pytest.raises(TypeError, match="batchsize"):
        clip_settings(path=tmp_path / "wrong.yaml")


def test_the_scale_of_the_similarities_is_held_to_its_bound(data, tmp_path):
    run = open_run(tiny(clip_settings(), **TINY), data, tmp_path)
    run.job.network.logit_scale.data.fill_(7.0)
    assert run.train_step()["scale"] == pytest.approx(LARGEST_SCALE, rel=1e-4)


def test_run_killed_in_the_middle_ends_as_one_that_was_not(data, tmp_path):
    config = replace(tiny(clip_settings(), **TINY), max_steps=400, save_every=2)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(asdict(config)))
    command = [sys.executable, "-m", "training", "train", "clip_judge", "--config", str(tmp_path / "run.yaml")]
    command += ["--data", str(data), "--folder", str(tmp_path / "killed")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    checkpoint = tmp_path / "killed" / CHECKPOINT
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()

    killed = open_run(config, data, tmp_path / "killed")
    assert 0 < killed.step < config.max_steps, "the kill came too early or too late"
    whole = open_run(config, data, tmp_path / "whole")
    whole.train(until=killed.step + 3)
    killed.train(until=killed.step + 3)
    for ours, theirs in zip(killed.job.network.parameters(), whole.job.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(killed.ema.shadow_params, whole.ema.shadow_params, strict=True):
        assert torch.equal(ours, theirs)


def test_smoke_run_trains_stops_goes_on_exports_and_loads(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")  # a smoke run sets it
    from transformers import CLIPModel  # behind helpers, which mends torchvision's import

    smoke_run("clip_judge", tmp_path)
    assert "clip_judge: smoke run finished after 20 steps" in capsys.readouterr().out
    assert sum(file.stat().st_size for file in (tmp_path / "weights").iterdir()) < 2**20
    assert CLIPModel.from_pretrained(tmp_path / "weights", local_files_only=True).projection_dim == 16


def test_card_says_all_numbers_and_which_style_was_held_out(data, tmp_path, monkeypatch):
    run = open_run(tiny(clip_settings(), **TINY), data, tmp_path / "run")
    run.job.export(run, tmp_path / "weights")
    entry = entry_of(tmp_path / "weights", files_in(tmp_path / "weights"), f"folder:{tmp_path / 'weights'}")
    monkeypatch.setitem(registry(), "pocket_clip_judge", entry)
    monkeypatch.setattr(measuring, "changes", lambda stage_1: {"clean, 32 px": (32, lambda x_0: x_0)})
    monkeypatch.setattr(measuring, "load_pocket", lambda: None)
    measuring.measure_clip("judge", data).take()
    measured = json.loads((tmp_path / "weights" / "measured.json").read_text(encoding="utf-8"))
    found = measured["recognition"]
    assert measured["run"]["steps"] == 0 and len(found) == 2
    card = (tmp_path / "weights" / "README.md").read_text(encoding="utf-8")
    assert "No emoji in the style `twemoji` was in the training" in card and measuring.card_table(measured) in card
    assert all(0 <= row["held_out"]["top1"] <= row["held_out"]["top5"] <= 1 for row in found.values())


@pytest.mark.parametrize("name", ["judge", "pocket"])
def test_the_shipped_cards_tell_what_was_measured(name):
    folder = folder_of(clips.OURS[name])
    measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    text = measuring.TEMPLATE.read_text(encoding="utf-8").format(**measuring.fill(measured))
    assert text == (folder / "README.md").read_text(encoding="utf-8")
