"""The training of digits and faces: small runs to the end, killed runs that go on, exported weights."""

import json
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import one_hot
from typer.testing import CliRunner

from helpers import ddpm
from helpers.cache import load_widened
from helpers.data.mnist import Digits
from helpers.metrics import digit_judge
from helpers.networks.mnist import ClassConditionalUNet
from training.__main__ import app, yaml_of
from training.config import load_config, run_folder, tiny
from training.digit_judge import DigitJudgeJob
from training.jobs import epoch_file
from training.manga import MangaJob
from training.measuring.mnist import Told
from training.mnist import MnistJob
from training.trainer import Trainer

DIGITS = Digits(torch.rand((256, 1, 28, 28), generator=torch.Generator().manual_seed(0)), torch.arange(256) % 10)
FACES = torch.rand((48, 3, 16, 16), generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


def open_run(kind, name, data, folder, **changed):
    config = tiny(load_config(kind.settings, yaml_of(name), name), **kind.tiny)
    return Trainer(kind(replace(config, **changed), data), folder)


def digits_run(folder, name="class", **changed):
    return open_run(MnistJob, name, DIGITS, folder, **changed)


def faces_run(folder, name="faces_200", **changed):
    return open_run(MangaJob, name, FACES, folder, **changed)


def judge_run(folder):
    return open_run(DigitJudgeJob, "digit_judge", DIGITS, folder)


@pytest.mark.parametrize("opened", [digits_run, faces_run, judge_run])
def test_a_killed_run_goes_on_as_if_it_had_not_been(opened, tmp_path):
    whole = opened(tmp_path / "whole")
    whole.train()
    cut = opened(tmp_path / "cut")
    cut.train(until=2)
    cut.save()
    again = opened(tmp_path / "cut")
    again.train()
    assert again.losses == whole.losses and len(whole.losses) == whole.last_step > 2
    for name, values in whole.job.network.state_dict().items():
        assert torch.equal(values, again.job.network.state_dict()[name])


@pytest.mark.parametrize("opened", [digits_run, faces_run])
def test_the_last_network_is_kept_and_exported(opened, tmp_path):
    run = opened(tmp_path / "run")
    run.train()
    run.job.export(run, tmp_path / "weights")
    state, header = load_widened(tmp_path / "weights" / f"{run.config.name}_01.safetensors")
    with run.averaged() as kept:
        assert header["epoch"] == "1" and set(state) == set(kept.state_dict())
        for name, values in kept.state_dict().items():
            assert torch.allclose(state[name].float(), values.float(), atol=1e-3, rtol=1e-3)
    told = json.loads((tmp_path / "weights" / f"{run.config.name}.json").read_text())
    assert told["steps"] == run.step and told["hours"] >= 0


def test_the_judge_is_exported_with_what_it_reads(tmp_path, monkeypatch):
    monkeypatch.setattr("training.digit_judge.load_mnist", lambda split: DIGITS)
    run = judge_run(tmp_path / "run")
    run.train()
    run.job.export(run, tmp_path / "weights")
    exported = digit_judge.load_digit_judge(tmp_path / "weights" / "digit_judge.safetensors")
    told = json.loads((tmp_path / "weights" / "digit_judge.json").read_text())
    assert told["test_accuracy"] == round(exported.accuracy(*DIGITS), 4) and told["epochs"] == 1


def test_a_face_model_is_averaged_over_its_steps(tmp_path):
    run = faces_run(tmp_path)
    first = [each.clone() for each in run.trained]
    for _ in range(4):
        run.train_step()
    moved = [
        (average - start).norm() < (last - start).norm()
        for average, last, start in zip(run.ema.shadow_params, run.trained, first, strict=True)
        if (last - start).norm() > 0
    ]
    assert len(moved) > 10 and all(moved)


def test_a_run_without_an_average_exports_the_network_itself(tmp_path):
    run = digits_run(tmp_path)
    assert run.ema is None
    with run.averaged() as network:
        assert network is run.job.network


def test_a_job_begins_with_what_another_has_learnt(tmp_path):
    with pytest.raises(FileNotFoundError, match="Train it first"):
        digits_run(tmp_path / "run", "flow", start_from="time")
    run = digits_run(run_folder("time"), "time")
    run.train()
    epoch_file(run.folder, 1).rename(epoch_file(run.folder, 20))  # the last of mnist.yaml
    begun = digits_run(tmp_path / "run", "flow", start_from="time")
    for name, values in run.job.network.state_dict().items():
        assert torch.equal(values, begun.job.network.state_dict()[name])


def test_the_learning_rate_falls_from_the_first_epoch_to_the_last(tmp_path):
    run = faces_run(tmp_path, epochs=2)
    assert run.learning_rate() == run.config.learning_rate
    run.step = run.job.steps_in_epoch
    assert run.learning_rate() == pytest.approx((run.config.learning_rate * run.config.last_rate) ** 0.5)
    run.step = run.last_step
    assert run.learning_rate() == pytest.approx(run.config.last_rate)


def test_an_epoch_has_every_picture_once_and_the_next_one_another_order(tmp_path):
    job = faces_run(tmp_path).job
    orders = [torch.cat([job.batch(epoch * 6 + place, None)[0] for place in range(6)]) for epoch in (0, 1)]
    assert not torch.equal(*orders)
    for order in orders:
        assert torch.equal(order.flatten(1).sum(1).sort().values, FACES.flatten(1).sum(1).sort().values)


def test_settings_may_not_change_under_a_run(tmp_path):
    run = faces_run(tmp_path)
    run.train_step()
    run.save()
    with pytest.raises(ValueError, match="other settings: name, timesteps"):
        faces_run(tmp_path, "faces_100")
    assert faces_run(tmp_path, save_every=7, threads=2).step == 1


def test_what_has_not_been_trained_cannot_be_exported(tmp_path):
    run = faces_run(tmp_path)
    with pytest.raises(FileNotFoundError, match="has not reached epoch 1"):
        run.job.export(run, tmp_path / "weights")
    with pytest.raises(FileNotFoundError, match="Train first: python -m training train faces_200"):
        CliRunner().invoke(app, ["export", "faces_200"], catch_exceptions=False)


@pytest.mark.parametrize("name", ["one_step", "time_mended", "flow", "faces_200", "digit_judge"])
def test_every_loss_takes_a_few_steps_in_a_smoke_run(name, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")  # a smoke run sets it
    for module in ("mnist", "digit_judge"):
        monkeypatch.setattr(f"training.{module}.load_mnist", lambda split: DIGITS)
    done = CliRunner().invoke(app, ["train", name, "--smoke"], catch_exceptions=False)
    assert done.exit_code == 0 and f"{name}: smoke run finished after" in done.output


@pytest.mark.parametrize("scale", [0, 1])
def test_where_half_of_a_guided_answer_has_no_weight_it_is_not_asked_for(scale):
    network, schedule, labels = ClassConditionalUNet(1, 8), ddpm.ddpm_schedule(num_ts=4), torch.arange(3)
    guided = ddpm.class_ddpm_sample(network, schedule, labels, scale, 4, torch.Generator().manual_seed(0))
    told = Told(network, scale * one_hot(labels, 10).float())
    drawn = ddpm.ddpm_sample(told, schedule, 3, 4, torch.Generator().manual_seed(0))
    assert torch.allclose(drawn, guided, atol=1e-5)
