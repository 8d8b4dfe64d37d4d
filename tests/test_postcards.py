"""The postcard models: which is loaded and what is said, training that goes on, export, measurements and the card."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from diffusers import DDIMScheduler, DDPMPipeline, DDPMScheduler
from typer.testing import CliRunner

from helpers import postcards
from helpers.data.prints import load_prints
from helpers.postcards import PostcardsUnavailable, load_postcards
from helpers.runtime import generator
from helpers.weights import SHIPPED, registry
from training.__main__ import app, yaml_of
from training.config import load_config, tiny
from training.measuring import postcards as measuring
from training.measuring.postcards import Measure, Sizes
from training.postcards import PostcardsJob, noise_loss, on_grounds, pictures_of
from training.registry import entry_of, files_in
from training.trainer import Trainer

JOBS = ["postcards_base", "postcards_pocket"]
SHARES = torch.rand((32, 4, 16, 16), generator=torch.Generator().manual_seed(0))


def settings(name, **changed):
    return replace(load_config(PostcardsJob.settings, yaml_of(name), name), **changed)


def smoke_run(folder, name="postcards_pocket", **changed):
    config = replace(tiny(settings(name), **PostcardsJob.tiny), batch_size=8)
    pictures = (SHARES * 255).to(torch.uint8)
    return Trainer(PostcardsJob(replace(config, **changed), pictures[:, : 4 if name == JOBS[0] else 3]), folder)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Trained and exported weights of a tiny model, in the place of those of the package; returns the run."""
    run, folder = smoke_run(tmp_path / "run"), tmp_path / "weights" / "pocket"
    run.train()
    run.job.export(run, folder)
    monkeypatch.setitem(registry(), "postcards_pocket", entry_of(folder, files_in(folder), f"folder:{folder}"))
    return run


def test_a_tiny_model_is_loaded_to_be_graded_with(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "grade")
    pipeline = load_postcards(device="cpu")
    assert capsys.readouterr().out == "Postcards: tiny, because COURSE_PROFILE is grade.\n"
    assert isinstance(pipeline, DDPMPipeline) and not pipeline.unet.training
    again = load_postcards("tiny", device="cpu")
    for one, other in zip(pipeline.unet.parameters(), again.unet.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_readers_random_numbers_stay_as_they_were():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_postcards("tiny", device="cpu")
    assert torch.equal(torch.rand(3), expected)


def test_the_schedule_is_the_linear_one_and_gives_ddim_its_own():
    scheduler = load_postcards("tiny", device="cpu").scheduler
    assert isinstance(scheduler, DDPMScheduler) and len(scheduler.betas) == 1000
    assert torch.allclose(scheduler.betas, torch.linspace(1e-4, 0.02, 1000))
    few = DDIMScheduler.from_config(scheduler.config)
    assert torch.equal(few.alphas_cumprod, scheduler.alphas_cumprod)


def test_missing_weights_are_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    for name in ("postcards_base", "postcards_pocket"):
        monkeypatch.setitem(registry(), name, registry()[name]._replace(source=f"folder:{tmp_path}"))
    monkeypatch.setenv("COURSE_PROFILE", "pocket")
    for name in ("base", "pocket", "auto"):
        with pytest.raises(FileNotFoundError, match="has no weights. Install a version that has them"):
            load_postcards(name, device="cpu")


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="no postcards 'faces'; expected one of 'auto', 'pocket'"):
        load_postcards("faces")


def test_exported_weights_are_loaded_and_auto_says_so(shipped, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "pocket")
    pipeline = load_postcards(device="cpu")
    assert (
        capsys.readouterr().out == "Postcards: pocket; not celebahq, because it is fetched only on Colab with a GPU.\n"
    )
    for values, kept in zip(pipeline.unet.parameters(), shipped.ema.shadow_params, strict=True):
        assert values.dtype == torch.float32
        assert torch.allclose(values, kept, atol=1e-3, rtol=1e-3)
    assert pipeline(num_inference_steps=2, output_type="np").images.shape == (1, 16, 16, 3)


def test_damaged_weights_are_refused(shipped, tmp_path):
    path = next((tmp_path / "weights" / "pocket").glob("unet/*.safetensors"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match="is damaged"):
        load_postcards("pocket", device="cpu")


def test_without_a_network_celebahq_is_an_error_with_its_cure(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(DDPMPipeline, "from_pretrained", refuse)
    with pytest.raises(PostcardsUnavailable, match=r'no network.*load_postcards\("pocket"\), which needs none'):
        load_postcards("celebahq", device="cpu")


@pytest.mark.parametrize(
    ("is_there", "said"),
    [
        (True, "Postcards: celebahq (google/ddpm-celebahq-256), because there is a GPU.\n"),
        (False, "Postcards: pocket; not celebahq, because loading it failed with OSError.\n"),
    ],
)
def test_colab_with_a_gpu_takes_celebahq_where_it_can(is_there, said, monkeypatch, capsys):
    def from_pretrained(source, **options):
        if source == postcards.CELEBAHQ and not is_there:
            raise OSError("no network")
        return source

    monkeypatch.setenv("COURSE_PROFILE", "colab")
    monkeypatch.setattr(DDPMPipeline, "from_pretrained", from_pretrained)
    monkeypatch.setattr(postcards, "has_postcards", lambda name: True)
    monkeypatch.setattr(postcards, "weights", lambda name: name)
    monkeypatch.setattr(postcards, "_ready", lambda pipeline, device: pipeline)
    taken = load_postcards("auto", device="cuda")
    assert taken == (postcards.CELEBAHQ if is_there else "postcards_pocket")
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("name", JOBS)
def test_a_killed_run_goes_on_as_if_it_had_not_been(name, tmp_path):
    whole = smoke_run(tmp_path / "whole", name)
    whole.train()
    cut = smoke_run(tmp_path / "cut", name)
    cut.train(until=2)
    cut.save()
    again = smoke_run(tmp_path / "cut", name)
    again.train()
    assert again.losses == whole.losses and len(whole.losses) == whole.last_step > 2
    for one, other in zip(whole.ema.shadow_params, again.ema.shadow_params, strict=True):
        assert torch.equal(one, other)


def test_accumulated_parts_give_the_gradient_of_the_whole_batch(tmp_path):
    runs = [smoke_run(tmp_path / str(parts), accumulate=parts) for parts in (1, 4)]
    for run in runs:
        run.job.loss = lambda network, batch, generator: {"loss": network(batch[0] / 255, 7).sample.square().mean()}
        run.optimizer.zero_grad = lambda: None
        run.train_step()
    one, several = (torch.cat([each.grad.flatten() for each in run.trained]) for run in runs)
    assert one.norm() > 0 and torch.allclose(one, several, atol=1e-5)


def test_a_fine_tuning_begins_with_the_exported_weights(shipped, tmp_path):
    run = smoke_run(tmp_path / "tuned", start_from="pocket")
    for one, other in zip(run.trained, shipped.ema.shadow_params, strict=True):
        assert torch.allclose(one, other, atol=1e-3, rtol=1e-3)


def test_a_nearly_clean_picture_counts_less_than_a_noisy_one():
    black, schedule = torch.zeros((64, 3, 4, 4), dtype=torch.uint8), load_postcards("tiny", device="cpu").scheduler
    times = []

    def off_by_one(x_t, t):
        times.append(t)
        alpha_bar = schedule.alphas_cumprod[t].reshape(-1, 1, 1, 1)
        return SimpleNamespace(sample=(x_t + alpha_bar.sqrt()) / (1 - alpha_bar).sqrt() + 1)

    plain, weighed = (
        noise_loss(largest)(off_by_one, pictures_of(black, generator(0)), generator(0)).item() for largest in (None, 5)
    )
    snr = schedule.alphas_cumprod[times[1]] / (1 - schedule.alphas_cumprod[times[1]])
    assert plain == pytest.approx(1, abs=1e-3)
    assert weighed == pytest.approx(torch.where(snr > 5, 5 / snr, 1.0).mean().item(), abs=1e-3) and weighed < 0.95


def test_artwork_hides_its_ground_and_grounds_differ():
    artwork = torch.zeros((2, 4, 8, 8))
    artwork[:, 0, :, :4] = artwork[:, 3, :, :4] = 1  # red and opaque on the left
    pictures = on_grounds(artwork, torch.Generator().manual_seed(0))
    assert torch.equal(pictures[..., :4], artwork[:, :3, :, :4])
    grounds = pictures[..., 4:]
    assert grounds.min() >= 0 and grounds.max() <= 1 and torch.equal(grounds, grounds[..., :1].expand_as(grounds))
    assert (grounds[0] - grounds[1]).abs().mean() > 0.02 and (grounds[:, :, 0] - grounds[:, :, -1]).abs().max() > 0.02


def test_prints_are_taken_as_they_are_or_mirrored():
    prints = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).reshape(2, 3, 4, 4).repeat(8, 1, 1, 1)
    x_0, straight = pictures_of(prints, torch.Generator().manual_seed(0)), prints / 127.5 - 1
    mirrored = [torch.allclose(one, other.flip(-1)) for one, other in zip(x_0, straight, strict=True)]
    as_it_was = [torch.allclose(one, other) for one, other in zip(x_0, straight, strict=True)]
    assert all(one != other for one, other in zip(mirrored, as_it_was, strict=True)) and 0 < sum(mirrored) < 16


def test_both_stages_take_a_few_steps_in_a_smoke_run(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")  # a smoke run sets it
    done = CliRunner().invoke(app, ["train", *JOBS, "--smoke"], catch_exceptions=False)
    assert done.exit_code == 0 and all(f"{job}: smoke run finished after" in done.output for job in JOBS)


def test_the_jobs_fit_thirty_megabytes():
    base, pocket = map(settings, JOBS)
    network = PostcardsJob(base, torch.zeros(64)).network
    assert 2 * 2 * network.num_parameters() < 29_000_000 and base.network == pocket.network


def test_measurements_and_card_of_a_tiny_model(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "SEEDS", range(2))
    tiny_model = load_postcards("tiny", device="cpu")
    prints = load_prints(16, name="drawn")[:32]
    measure = Measure({"base": tiny_model, "pocket": tiny_model}, prints, Sizes(2, 1, 20))
    measuring.measurement_of(measure, tmp_path).take()
    measured = json.loads((tmp_path / "measured.json").read_text(encoding="utf-8"))
    distances = [found["mean"] for found in measured["colour"].values()]
    assert distances == sorted(distances, reverse=True) and distances[-1] < distances[0] - 0.05
    assert measured["frechet"]["prints"]["mean"] < measured["frechet"]["pocket"]["mean"]
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "{" not in card and f"| 0 | {distances[0]:.3f}" in card and "Twemoji graphics (c) Twitter" in card


def test_the_shipped_card_tells_what_was_measured():
    measured = json.loads((SHIPPED / "postcards" / "measured.json").read_text(encoding="utf-8"))
    text = measuring.TEMPLATE.read_text(encoding="utf-8").format(**measuring.fill(measured))
    assert text == (SHIPPED / "postcards" / "README.md").read_text(encoding="utf-8")
