"""Stage II: squares and their enlarged counterparts, the U-Net in the genuine pipeline, a run that goes on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training.captions import load_subjects
from training.config import ROOT, load_config, tiny
from training.crops import FULL, Crops, enlarge, shrunk
from training.parts import build_scheduler, build_text_encoder
from training.photographs import with_photographs
from training.pocket import open_run as open_stage_1
from training.stand_in import write_stand_in
from training.tokenizer import build_tokenizer
from training.upscaler import CONFIG, build_upscaler, noised, open_run

STAGE_1 = ROOT / "training" / "pocket_64.yaml"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    every = load_subjects(*(ROOT / name for name in load_config(CONFIG).subject_files))
    return write_stand_in(tmp_path_factory.mktemp("data"), every)


@pytest.fixture(scope="module")
def crops(data):
    return Crops(data, with_photographs(load_subjects(), data), 0.3, 0.3, 0.0)


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def small(path):
    config = replace(tiny(load_config(path)), batch_size=4, max_steps=4, decay_steps=1, save_every=1)
    return replace(config, unet={**config.unet, "block_out_channels": [8, 16, 16]})


def test_a_square_and_its_enlarged_counterpart_show_the_same(crops):
    batch = crops.batch(6, 64, 0.0, np.random.default_rng(0))
    assert batch.x_0.shape == batch.enlarged.shape == (6, 3, 64, 64) and len(batch.captions) == 6
    assert batch.x_0.min() >= -1 and batch.x_0.max() <= 1
    assert (batch.x_0 - batch.enlarged).abs().mean() < 0.1 < batch.x_0.std()


def test_pictures_come_from_emoji_prints_and_photographs_in_turns(crops):
    pictures, captions = crops.whole(6, np.random.default_rng(1))
    assert pictures.shape == (6, 3, FULL, FULL)
    assert all(
        "woodblock" in said or "painting" in said or said in ("", "a high quality photo") for said in captions[1::3]
    )
    assert all("photo" in said for said in captions[2::3])


def test_shrunk_and_enlarged_a_plain_picture_is_itself():
    plain = torch.full((1, 3, 64, 64), 0.3)
    torch.testing.assert_close(enlarge(shrunk(plain)), plain)


def test_noise_has_the_size_of_its_level():
    generator = torch.Generator().manual_seed(0)
    x_t, eps = noised(torch.zeros(2, 3, 64, 64), torch.tensor([1.0, 0.36]), generator)
    assert x_t[0].abs().max() == 0
    torch.testing.assert_close(x_t[1], 0.8 * eps[1])


def test_the_unet_belongs_into_the_genuine_pipeline_and_runs_at_any_size():
    from diffusers import IFSuperResolutionPipeline  # behind helpers, which mends torchvision's import

    config = small(CONFIG)
    tokenizer = build_tokenizer(["a", "rocket"])
    unet = build_upscaler(config.text["d_model"], config.unet)
    pipeline = IFSuperResolutionPipeline(
        tokenizer=tokenizer, text_encoder=build_text_encoder(len(tokenizer), config.text), unet=unet,
        scheduler=build_scheduler(), image_noising_scheduler=build_scheduler(), safety_checker=None,
        feature_extractor=None, watermarker=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    options = {"prompt": "a rocket", "num_inference_steps": 2, "output_type": "pt", "noise_level": 30}
    assert pipeline(image=torch.zeros(1, 3, 64, 64), **options).images.shape == (1, 3, 256, 256)
    wide = pipeline(image=torch.zeros(1, 3, 16, 24), height=64, width=96, **options).images
    assert wide.shape == (1, 3, 64, 96)


def test_a_run_takes_over_the_text_encoder_trains_and_goes_on(data, tmp_path):
    stage_1 = open_stage_1(small(STAGE_1), data, tmp_path / "one")
    stage_1.save()
    run = open_run(small(CONFIG), data, tmp_path / "two", tmp_path / "one" / "checkpoint.pt")
    taken = run.accelerator.unwrap_model(run.model).text_encoder.state_dict()
    told = stage_1.accelerator.unwrap_model(stage_1.model).text_encoder.state_dict()
    assert all(torch.equal(taken[name], told[name]) for name in told)
    whole = list(run.steps())
    again = open_run(small(CONFIG), data, tmp_path / "two", tmp_path / "one" / "checkpoint.pt")
    assert again.step == len(whole) == 4 and all(np.isfinite(each["loss"]) for each in whole)
    run.save_samples(count=1)
    assert (tmp_path / "two" / "samples_000004.png").is_file()
