"""The training of the pocket model: losses against diffusers, data without data, a kill in the middle of a run."""

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
from torch.nn import functional as F

from helpers.cache import save_checkpoint
from helpers.denoisers.pocket import load_pocket
from training.__main__ import load_job, smoke_run
from training.all_emoji import with_all_emoji, wordings
from training.captions import (
    UNKNOWN,
    all_facts,
    any_caption,
    emoji_caption,
    face_caption,
    face_parts,
    load_subjects,
    photo_caption,
    print_words,
    vocabulary,
)
from training.clip_data import clip_subjects
from training.config import ROOT, load_config, tiny
from training.losses import discretised_log_likelihood, noise_loss_weight, posterior_mean, predicted_log_variance
from training.measuring.drawing import draw
from training.parts import build_scheduler, build_text_encoder, build_unet
from training.photographs import group_weights, photographs, with_photographs
from training.pictures import Pictures, chances, shrunk_emoji
from training.pocket import TINY, PocketConfig, PocketJob
from training.stand_in import RARE, write_stand_in
from training.text import build_tokenizer, take_over_words, teach_text_encoder
from training.trainer import CHECKPOINT, Trainer

SUBJECTS = load_subjects()
SETTINGS = ROOT / "training" / "pocket.yaml"
LARGE = ROOT / "training" / "pocket_64.yaml"


def pocket_settings(path=SETTINGS):
    return load_config(PocketConfig, path)


def tiny_settings(path=SETTINGS, **changed):
    return replace(tiny(pocket_settings(path), **TINY), **changed)


def open_run(config, data, folder):
    return Trainer(PocketJob(config, data), folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_stand_in(tmp_path_factory.mktemp("data"), clip_subjects())


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("COURSE_DATA", "")  # a smoke run sets it


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_posterior_mean_is_the_mean_of_diffusers_step():
    scheduler = build_scheduler()
    x_0, x_t = torch.rand(1, 3, 4, 4) * 2 - 1, torch.randn(1, 3, 4, 4)
    t = torch.tensor([400])
    alpha_bar_t = scheduler.alphas_cumprod[t]
    eps = (x_t - alpha_bar_t.sqrt() * x_0) / (1 - alpha_bar_t).sqrt()  # the noise that leads back to x_0
    quiet = type(scheduler).from_config(scheduler.config, variance_type="fixed_small", thresholding=False)
    draws = [quiet.step(eps, 400, x_t, generator=torch.Generator().manual_seed(seed)).prev_sample for seed in range(2)]
    noise = [torch.randn(x_t.shape, generator=torch.Generator().manual_seed(seed)) for seed in range(2)]
    std = (draws[0] - draws[1]) / (noise[0] - noise[1])
    expected = draws[0] - std * noise[0]
    torch.testing.assert_close(posterior_mean(x_0, x_t, scheduler.alphas_cumprod, t), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("t", [1, 30, 500, 999])
def test_predicted_variance_is_that_of_diffusers(t):
    scheduler = build_scheduler()
    variance = torch.rand(1, 3, 2, 2) * 2 - 1
    ours = predicted_log_variance(variance, scheduler.alphas_cumprod, torch.tensor([t]))
    theirs = scheduler._get_variance(t, predicted_variance=variance)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_likelihoods_of_all_256_grey_values_add_up_to_one():
    grey = torch.arange(256).float() / 127.5 - 1
    total = discretised_log_likelihood(grey, torch.full_like(grey, 0.2), torch.full_like(grey, -2.0)).exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-3)


def test_noise_loss_weighs_clean_pictures_by_gamma_and_noisy_ones_up_to_the_largest():
    alphas_cumprod = build_scheduler().alphas_cumprod
    t = torch.tensor([0, 100, 500, 900, 990])
    snr = alphas_cumprod[t] / (1 - alphas_cumprod[t])
    weight = noise_loss_weight(alphas_cumprod, t, gamma=5.0, largest=10.0)
    torch.testing.assert_close((weight * snr)[:2], torch.tensor([5.0, 5.0]))
    torch.testing.assert_close(weight[2:], torch.tensor([1.0, 10.0, 10.0]))


def test_untrained_unet_answers_the_noisy_picture_itself():
    config = pocket_settings()
    unet = build_unet(16, config.text["d_model"], config.unet)
    x_t = torch.randn(2, 3, 16, 16) + 0.3  # a mean that group normalisation would take away
    with torch.no_grad():
        output = unet(x_t, 990, encoder_hidden_states=torch.randn(2, 77, 128), return_dict=False)[0]
    assert torch.corrcoef(torch.stack([output[:, :3].flatten(), x_t.flatten()]))[0, 1] > 0.99
    assert output[:, :3].mean() > 0.2
    assert output[:, 3:].abs().max() == 0


def test_every_caption_can_be_written_with_the_vocabulary():
    tokenizer, rng = build_tokenizer(vocabulary(SUBJECTS)), np.random.default_rng(0)
    styles, grounds = list(SUBJECTS["styles"]), ["white", *SUBJECTS["grounds"]]
    for i in range(500):
        caption = emoji_caption(
            SUBJECTS, i % len(SUBJECTS["subjects"]), styles[i % 6], grounds[i % len(grounds)], rng
        ).text
        unknown = tokenizer.unk_token_id in tokenizer(caption).input_ids
        assert unknown == ("\N{REPLACEMENT CHARACTER}" in caption), caption


def test_every_fact_that_a_caption_states_has_a_place():
    rng, facts = np.random.default_rng(0), set(all_facts(SUBJECTS))
    assert {fact for _ in range(300) for fact in any_caption(SUBJECTS, rng).facts} <= facts


def test_text_encoder_learns_what_captions_state():
    config = tiny_settings()
    tokenizer = build_tokenizer(vocabulary(SUBJECTS))
    torch.manual_seed(0)
    encoder = build_text_encoder(len(tokenizer), {**config.text, "d_model": 64, "d_ff": 64, "num_heads": 4})
    understood = teach_text_encoder(encoder, tokenizer, SUBJECTS, steps=120, batch_size=32, seed=0)
    assert understood > 0.1, "chance is under 0.01"


def test_known_words_keep_their_embeddings_when_the_vocabulary_grows():
    text = {**tiny_settings().text, "d_model": 32}
    tokenizers = [build_tokenizer(["a", "dog"]), build_tokenizer(["a", "cat", "dog"])]
    torch.manual_seed(0)
    old, new = (build_text_encoder(len(tokenizer), text) for tokenizer in tokenizers)
    take_over_words(new, tokenizers[1], (old, tokenizers[0]))
    with torch.no_grad():
        before, after = (
            encoder(tokenizer("a dog", return_tensors="pt").input_ids)[0]
            for encoder, tokenizer in zip((old, new), tokenizers, strict=True)
        )
    torch.testing.assert_close(after, before)


def test_faces_are_called_after_their_parts():
    parts = face_parts(SUBJECTS, {"glasses": "variant01", "beard": "variant02", "hair": "variant03"})
    assert parts == ["glasses", "a beard"]
    said = {face_caption(SUBJECTS, "lorelei", parts, np.random.default_rng(seed)).text for seed in range(60)}
    assert "a line drawing of a man with glasses" in said and "a line drawing of a face" in said


def test_prints_are_named_after_what_their_title_says():
    assert print_words(SUBJECTS, "Evening Snow at Kanbara, a village below Mount Fuji") == [
        "snow", "mount fuji", "the evening", "a village",
    ]  # fmt: skip


def test_batch_holds_pictures_of_the_size_and_one_caption_each(data):
    batch = Pictures(data, SUBJECTS, size=16, print_share=0.5, face_share=0.25).batch(12, 0.1, np.random.default_rng(0))
    assert batch.x_0.shape == (12, 3, 16, 16) and len(batch.captions) == 12
    assert batch.x_0.min() >= -1 and batch.x_0.max() <= 1


def test_missing_data_folder_says_what_was_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"emoji.*COURSE_DATA"):
        Pictures(tmp_path / "nowhere", SUBJECTS, size=16, print_share=0.2, face_share=0.1)


def test_missing_prints_are_noticed(data, tmp_path):
    (tmp_path / "emoji").symlink_to(data / "emoji")
    with pytest.raises(FileNotFoundError, match=r"ukiyoe\.csv"):
        Pictures(tmp_path, SUBJECTS, size=16, print_share=0.2, face_share=0.1)


def test_unknown_setting_is_refused(tmp_path):
    settings = {**asdict(pocket_settings()), "batchsize": 3}
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(TypeError, match="batchsize"):
        pocket_settings(tmp_path / "wrong.yaml")


def test_every_emoji_of_all_styles_becomes_a_subject_with_its_name_and_keywords(data, tmp_path):
    few = {**SUBJECTS, "subjects": SUBJECTS["subjects"][:2]}
    every = with_all_emoji(few, data)["subjects"]
    assert every[:2] == few["subjects"]
    assert every[2]["say"][0].startswith("a thing") and every[2]["say"][1] == every[2]["say"][0][2:]
    draws = [subject["draw"] for subject in every]
    assert len(draws) == len(set(draws)) == len(json.loads((data / "emoji" / "noto.json").read_text()))


def test_wordings_of_an_emoji_hold_its_name_and_what_its_keywords_add():
    entry = {"name": "woman’s Boot", "keywords": ["boot", "clothing", "shoe: high"]}
    assert wordings(entry) == [
        "a woman's boot", "woman's boot", "a woman's boot clothing", "a woman's boot shoe high",
    ]  # fmt: skip


def test_the_large_job_trains_on_every_emoji(data, tmp_path):
    run = open_run(tiny_settings(LARGE, image_size=16, max_steps=3, decay_steps=1, samples_every=0), data, tmp_path)
    run.train()
    subjects = run.job.pictures.subjects["subjects"]
    every = json.loads((data / "emoji" / "noto.json").read_text(encoding="utf-8"))
    drawn = {subject["draw"] for subject in subjects if isinstance(subject["draw"], str)}
    assert {entry["emoji"] for entry in every} == drawn and sum("rare" in subject for subject in subjects) >= RARE
    assert run.step == 3 and np.isfinite(run.losses).all()


def test_photographs_leave_out_share_alike_licences_and_the_pictures_that_measure(data):
    found = photographs(data)
    assert [(each.index, each.shown) for each in found] == [
        (2, "a rose"), (3, "a rose"), (4, "a tulip"), (5, "a lake with snowy mountains"),
    ]  # fmt: skip


def test_a_group_of_photographs_weighs_as_the_root_of_its_size():
    weights = group_weights(["flower"] * 9 + ["scene"])
    assert weights[:9].sum() == pytest.approx(3 * weights[9]) and weights.sum() == pytest.approx(1)


def test_what_photographs_show_is_in_the_vocabulary_and_among_the_facts(data):
    subjects = with_photographs(SUBJECTS, data)
    assert {"tulip", "snowy", "lake"} <= set(vocabulary(subjects)) and "photographs" not in SUBJECTS
    assert {"photo", "a rose", "word tulip", "word snowy"} <= set(all_facts(subjects))
    rng = np.random.default_rng(0)
    assert photo_caption(subjects, "a rose", rng).facts == ["photo", "a rose"]
    for shown in subjects["photographs"]:
        said = {word.rstrip(".") for word in photo_caption(subjects, shown, rng).text.split()} - {UNKNOWN}
        assert said <= set(vocabulary(subjects))


def test_a_batch_has_photographs_where_they_have_a_share(data):
    pictures = Pictures(data, with_photographs(SUBJECTS, data), 16, 0.0, 0.0, photo_share=1.0)
    batch = pictures.batch(12, 0.0, np.random.default_rng(0))
    assert batch.x_0.shape == (12, 3, 16, 16) and batch.x_0.std() > 0.1
    assert all("photo" in caption for caption in batch.captions) and any("lake" in said for said in batch.captions)


def test_rare_subjects_share_what_is_theirs():
    assert chances([False, True, False, True, True], 0.3).tolist() == pytest.approx([0.35, 0.1, 0.35, 0.1, 0.1])
    assert chances([False, False], 0.3).tolist() == [0.5, 0.5]


def test_rare_subjects_are_drawn_at_their_share(data):
    subjects = with_all_emoji(SUBJECTS, data)
    is_rare = np.array([subject.get("rare", False) for subject in subjects["subjects"]])
    pictures = Pictures(data, subjects, 16, 0.0, 0.0, rare_share=0.2)
    assert pictures.chances[is_rare].sum() == pytest.approx(0.2) and pictures.chances.sum() == pytest.approx(1)
    drawn = np.random.default_rng(0).choice(len(is_rare), size=2000, p=pictures.chances)
    assert is_rare[drawn].mean() == pytest.approx(0.2, abs=0.04)


def test_larger_emoji_come_from_the_archive_and_are_kept_shrunk(data, monkeypatch):
    archive = data / "emoji256" / "noto.zip"
    count = len(json.loads((data / "emoji" / "noto.json").read_text(encoding="utf-8")))
    first = shrunk_emoji(archive, count, 32)
    monkeypatch.setattr("training.pictures._shrunk", lambda *_: pytest.fail("decoded a second time"))
    again = shrunk_emoji(archive, count, 32)
    assert first.shape == (count, 4, 32, 32) and np.array_equal(first, again)
    few = {**SUBJECTS, "subjects": SUBJECTS["subjects"][:2], "styles": {"noto": SUBJECTS["styles"]["noto"]}}
    large = Pictures(data, few, 16, 0.0, 0.0, emoji_pixels=32).emoji["noto"]
    small = Pictures(data, few, 16, 0.0, 0.0).emoji["noto"]
    assert large.shape == (2, 4, 32, 32)
    torch.testing.assert_close(large, F.avg_pool2d(small, 2), rtol=0, atol=1 / 255)


def test_a_large_model_is_written_in_parts_and_loads(data, tmp_path, monkeypatch):
    monkeypatch.setattr("training.export.PART", "100KB")
    run = open_run(tiny_settings(), data, tmp_path / "run")
    run.job.export(run, tmp_path / "weights")
    assert len(list((tmp_path / "weights" / "unet").glob("*.safetensors"))) > 1
    ours, theirs = run.job.network.unet.state_dict(), load_pocket(tmp_path / "weights").unet.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-3) for name in ours)


def test_flag_file_starts_the_last_phase(data, tmp_path):
    run = open_run(tiny_settings(), data, tmp_path)
    (tmp_path / "decay").touch()
    run.train()
    assert run.step == run.config.decay_steps < run.config.max_steps
    assert run.learning_rate() == 0.0
    assert open_run(tiny_settings(), data, tmp_path).last_step == run.step


def assert_same(one, other):
    for ours, theirs in zip(one.job.network.parameters(), other.job.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(one.ema.shadow_params, other.ema.shadow_params, strict=True):
        assert torch.equal(ours, theirs)


def test_a_checkpoint_of_the_first_form_goes_on_exactly(data, tmp_path):
    """The runs that were begun before there was one trainer keep neither losses nor hours, and fewer settings."""
    config = tiny_settings(LARGE, max_steps=30)
    whole = open_run(config, data, tmp_path / "whole")
    for _ in range(4):
        whole.train_step()
    newer = ("name", "accumulate", "betas", "max_grad_norm", "last_rate", "epochs", "shown_epochs", "save_minutes")
    state = {
        "step": 4,
        "decay_start": 25,
        "model": {f"{part}.{name}": value for part in ("text_encoder", "unet")
                  for name, value in getattr(whole.job.network, part).state_dict().items()},
        "optimizer": whole.optimizer.state_dict(),
        "ema": whole.ema.state_dict(),
        "config": {key: value for key, value in asdict(config).items() if key not in newer},
    }  # fmt: skip
    save_checkpoint(state, tmp_path / "old" / CHECKPOINT)
    old = open_run(config, data, tmp_path / "old")
    assert old.step == 4 and old.last_step == whole.last_step
    assert [old.train_step() for _ in range(3)] == [whole.train_step() for _ in range(3)]
    assert_same(old, whole)
    old.save()
    assert open_run(config, data, tmp_path / "old").losses == old.losses == whole.losses[4:]


def test_run_killed_in_the_middle_ends_as_one_that_was_not(data, tmp_path):
    config = tiny_settings(max_steps=200, save_every=2, samples_every=0)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(asdict(config)))
    command = [sys.executable, "-m", "training", "train", "pocket", "--config", str(tmp_path / "run.yaml")]
    command += ["--data", str(data), "--folder", str(tmp_path / "killed")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    checkpoint = tmp_path / "killed" / CHECKPOINT
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    killed = open_run(config, data, tmp_path / "killed")
    assert 0 < killed.step < config.max_steps, "the kill came too early or too late"
    whole = open_run(config, data, tmp_path / "whole")
    whole.train(until=killed.step + 3)
    killed.train(until=killed.step + 3)
    assert_same(killed, whole)


def test_a_checkpoint_is_written_by_time_too(data, tmp_path):
    run = open_run(tiny_settings(save_every=1000, save_minutes=0), data, tmp_path)
    run.train(until=3)
    assert open_run(run.config, data, tmp_path).step == 3


def test_a_run_may_be_made_longer(data, tmp_path):
    run = open_run(tiny_settings(), data, tmp_path)
    run.train(until=5)
    assert open_run(tiny_settings(max_steps=40), data, tmp_path).last_step == 40


def test_smoke_run_trains_stops_goes_on_exports_and_samples(tmp_path, capsys):
    smoke_run("pocket", tmp_path)
    assert "pocket: smoke run finished after 20 steps" in capsys.readouterr().out
    assert (tmp_path / "run" / "samples_000020.png").is_file()
    assert draw(load_pocket(tmp_path / "weights"), ["a rocket"], scale=3.0, seed=0).shape == (1, 3, 16, 16)
    assert json.loads((tmp_path / "weights" / "measured.json").read_text())["run"]["steps"] == 20


def test_an_unknown_job_is_an_error_that_names_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"no job 'pockt'; expected one of pocket, pocket_64, upscaler, clip_judge"):
        load_job("pockt", tmp_path)
