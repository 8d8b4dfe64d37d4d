"""Stage II: squares and their enlarged counterparts, the U-Net in the genuine pipeline, a run that goes on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training.captions import load_subjects
from training.config import ROOT, load_config, run_folder, tiny
from training.crops import FULL, Crops, enlarge, shrunk
from training.parts import build_scheduler, build_text_encoder
from training.photographs import with_photographs
from training.pocket import TINY, PocketConfig, PocketJob
from training.stand_in import write_stand_in
from training.text import build_tokenizer
from training.trainer import Trainer
from training.upscaler import UpscalerJob, build_upscaler, noised

STAGE_1, STAGE_2 = (load_config(PocketConfig, ROOT / "training" / f"{name}.yaml") for name in ("pocket_64", "upscaler"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    every = load_subjects(*(ROOT / name for name in STAGE_2.subject_files))
    return write_stand_in(tmp_path_factory.mktemp("data"), every)


@pytest.fixture(scope="module")
def crops(data):
    return Crops(data, with_photographs(load_subjects(), data), 0.3, 0.3, 0.0)


@pytest.fixture(autouse=True)
def _threads(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def small(config, **changed):
    config = replace(tiny(config, **TINY), batch_size=4, max_steps=4, decay_steps=1, save_every=1)
    return replace(config, **changed)


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

    config = small(STAGE_2)
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


def test_a_run_takes_over_the_text_encoder_trains_and_goes_on(data, monkeypatch):
    monkeypatch.setattr("training.upscaler.SHOWN", 1)
    config, folder = small(STAGE_2, start_from="pocket_64", samples_every=4), run_folder("upscaler")
    with pytest.raises(FileNotFoundError, match="Train pocket_64 first"):
        Trainer(UpscalerJob(config, data), folder)
    stage_1 = Trainer(PocketJob(small(STAGE_1), data), run_folder("pocket_64"))
    stage_1.save()
    whole = Trainer(UpscalerJob(config, data), folder)
    told, taken = (run.job.network.text_encoder.state_dict() for run in (stage_1, whole))
    assert all(torch.equal(taken[name], told[name]) for name in told)
    whole.train(until=2)
    again = Trainer(UpscalerJob(config, data), folder)
    again.train()
    whole.train()
    assert again.losses == whole.losses and len(whole.losses) == 4 and np.isfinite(whole.losses).all()
    assert (folder / "samples_000004.png").is_file()
