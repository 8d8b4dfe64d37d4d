"""The training of digits and faces: small runs to the end, killed runs that go on, exported weights."""

import pytest
import torch
from torch.nn.functional import one_hot
from typer.testing import CliRunner

from helpers import ddpm
from helpers.cache import load_widened
from helpers.networks.mnist import ClassConditionalUNet
from training import jobs, manga, mnist
from training.jobs import export_job, load_job
from training.measure_mnist import Told

DIGITS = mnist.Digits(torch.rand((256, 1, 28, 28), generator=torch.Generator().manual_seed(0)), torch.arange(256) % 10)
FACES = torch.rand((96, 3, 16, 16), generator=torch.Generator().manual_seed(0)) * 2 - 1
SMALL = {"threads": 1, "mixed_precision": "no"}


def digits_run(folder, name="class"):
    job = load_job(mnist.MNIST_JOBS, name) | mnist.SMOKE | SMALL
    return mnist.open_run(job, DIGITS, folder)


def faces_run(folder, name="faces_200"):
    return manga.open_run(load_job(manga.MANGA_JOBS, name) | manga.SMOKE | SMALL, FACES, folder)


@pytest.mark.parametrize("open_run", [digits_run, faces_run])
def test_a_killed_run_goes_on_as_if_it_had_not_been(open_run, tmp_path):
    whole = open_run(tmp_path / "whole")
    whole.train()
    cut = open_run(tmp_path / "cut")
    cut.train_step()
    cut.train_step()
    cut.save()
    again = open_run(tmp_path / "cut")
    again.train()
    assert again.losses == whole.losses and len(whole.losses) == whole.last_step > 2
    for name, values in whole.network.state_dict().items():
        assert torch.equal(values, again.network.state_dict()[name])


@pytest.mark.parametrize("open_run", [digits_run, faces_run])
def test_the_last_network_is_kept_and_exported(open_run, tmp_path):
    run = open_run(tmp_path / "run")
    run.train()
    export_job(run.job, tmp_path / "run", tmp_path / "weights")
    state, header = load_widened(tmp_path / "weights" / f"{run.job['name']}_01.safetensors")
    kept = run.network if run.average is None else run.average.module
    assert header["epoch"] == "1" and set(state) == set(kept.state_dict())
    for name, values in kept.state_dict().items():
        assert torch.allclose(state[name].float(), values.float(), atol=1e-3, rtol=1e-3)


def test_a_face_model_is_averaged_over_its_steps(tmp_path):
    run = faces_run(tmp_path)
    first = [each.clone() for each in run.average.module.parameters()]
    run.train_step()
    run.train_step()
    moved = [
        (average - start).norm() < (last - start).norm()
        for average, last, start in zip(run.average.module.parameters(), run.network.parameters(), first, strict=True)
        if (last - start).norm() > 0
    ]
    assert len(moved) > 10 and all(moved)


def test_a_job_begins_with_what_another_has_learnt(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "RUNS", tmp_path)
    before = load_job(mnist.MNIST_JOBS, "time") | mnist.SMOKE | SMALL
    run = mnist.open_run(before, DIGITS, jobs.run_folder(mnist.MNIST_JOBS, "time"))
    job = load_job(mnist.MNIST_JOBS, "flow") | mnist.SMOKE | SMALL | {"start_from": "time"}
    with pytest.raises(FileNotFoundError, match="Train it first"):
        mnist.open_run(job, DIGITS, tmp_path / "run")
    run.train()
    (run.folder / "epoch_01.pt").rename(jobs.epoch_file(run.folder, load_job(mnist.MNIST_JOBS, "time")["epochs"]))
    begun = mnist.open_run(job, DIGITS, tmp_path / "run")
    for name, values in run.network.state_dict().items():
        assert torch.equal(values, begun.network.state_dict()[name])


def test_the_learning_rate_falls_from_the_first_epoch_to_the_last(tmp_path):
    run = faces_run(tmp_path)
    run.job["epochs"] = 2
    assert run.learning_rate() == run.job["learning_rate"]
    run.step = run.last_step
    assert run.learning_rate() == pytest.approx(run.job["last_rate"])


def test_settings_may_not_change_under_a_run(tmp_path):
    run = faces_run(tmp_path)
    run.train_step()
    run.save()
    other = faces_run(tmp_path, "faces_100")
    with pytest.raises(ValueError, match="other settings: name, timesteps"):
        other.resume()


def test_what_has_not_been_trained_cannot_be_exported(tmp_path):
    with pytest.raises(FileNotFoundError, match="has not reached epoch 20"):
        export_job(load_job(manga.MANGA_JOBS, "faces_200"), tmp_path, tmp_path / "weights")


def test_an_unknown_job_is_an_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match="no job 'three' in mnist.yaml; expected one of one_step, class"):
        load_job(mnist.MNIST_JOBS, "three")


@pytest.mark.parametrize(
    ("app", "names"), [(mnist.app, ["one_step", "time_mended", "flow"]), (manga.app, ["faces_200"])]
)
def test_every_loss_takes_a_few_steps_in_a_smoke_run(app, names, monkeypatch):
    monkeypatch.setattr(mnist, "load_mnist", lambda split: DIGITS)
    done = CliRunner().invoke(app, ["train", *names, "--smoke"], catch_exceptions=False)
    assert done.exit_code == 0 and all(f"{job}: step 4/4" in done.output for job in names)


@pytest.mark.parametrize("scale", [0, 1])
def test_where_half_of_a_guided_answer_has_no_weight_it_is_not_asked_for(scale):
    network, schedule, labels = ClassConditionalUNet(1, 8), ddpm.ddpm_schedule(num_ts=4), torch.arange(3)
    guided = ddpm.class_ddpm_sample(network, schedule, labels, scale, 4, torch.Generator().manual_seed(0))
    told = Told(network, scale * one_hot(labels, 10).float())
    drawn = ddpm.ddpm_sample(told, schedule, 3, 4, torch.Generator().manual_seed(0))
    assert torch.allclose(drawn, guided, atol=1e-5)
