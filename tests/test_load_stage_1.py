"""load_stage_1: which denoiser it takes, what it says, and that the pipeline behaves like DeepFloyd's."""

import re
import subprocess
import sys

import pytest
import torch

import helpers.denoisers as denoisers
from helpers.denoisers import COURSE_PROMPTS, DeepFloydUnavailable, DoorUNet, embed_prompts, load_stage_1
from helpers.denoisers.pictures import drawn_pictures


@pytest.fixture(scope="module")
def exact():
    return load_stage_1("exact", size=16, device="cpu")


@pytest.fixture
def small(monkeypatch):
    """Let pocket and deepfloyd be small exact pipelines, so that no weights are read."""
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    monkeypatch.setattr("helpers.denoisers.pocket.load_pocket", lambda device=None: load_stage_1("exact", size=16))
    return monkeypatch


USES = """
import warnings
warnings.simplefilter("always")
import sys, helpers.denoisers
assert not {"diffusers", "transformers"} & set(sys.modules), "importing helpers.denoisers is to be cheap"
import torch
stage_1 = helpers.denoisers.load_stage_1("exact", size=16, device="cpu")
prompt_embeds, null = stage_1.encode_prompt("a red circle")
options = dict(num_inference_steps=3, generator=torch.manual_seed(0), output_type="pt")
one = stage_1(prompt="a red circle", **options).images
two = stage_1(prompt_embeds=prompt_embeds, negative_prompt_embeds=null, **options | {"generator": torch.manual_seed(0)})
assert torch.equal(one, two.images) and one.shape == (1, 3, 16, 16), one.shape
stage_1(prompt=["a pencil", "a forest"], num_images_per_prompt=2, num_inference_steps=2)
"""


def test_importing_loading_and_sampling_write_nothing_to_stderr():
    run = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", USES], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr, run.stdout) == (0, "", "")


def test_exact_is_a_genuine_pipeline_with_deepfloyds_scheduler(exact):
    from diffusers import IFPipeline

    assert type(exact) is IFPipeline and isinstance(exact.unet, DoorUNet)
    config = exact.scheduler.config
    assert (config.beta_schedule, config.prediction_type) == ("squaredcos_cap_v2", "epsilon")
    assert (config.variance_type, config.thresholding) == ("learned_range", True)
    assert (config.dynamic_thresholding_ratio, config.sample_max_value) == (0.95, 1.5)
    assert len(exact.scheduler.alphas_cumprod) == 1000 and exact.unet.config.sample_size == 16


def test_a_guided_sample_is_one_of_the_pictures_of_its_prompt(exact):
    mixture = drawn_pictures(16)
    own = torch.tensor(["a red heart" in captions for captions in mixture.captions])
    generator = torch.Generator().manual_seed(0)
    x_0 = exact(prompt="a red heart", guidance_scale=1.0, num_inference_steps=50, generator=generator, output_type="pt")
    distance = (mixture.means - x_0.images).abs().mean(dim=(1, 2, 3))
    assert own[distance.argmin()] and distance.min() < 0.05


@pytest.mark.parametrize("prompt", ["", "a high quality photo", *COURSE_PROMPTS])
def test_exact_knows_every_prompt_of_the_assignment(exact, prompt):
    embeds = embed_prompts(exact, [prompt])[prompt]
    assert embeds.shape[:1] == (1,) and embeds.ndim == 3 and embeds.sum() == 1


def test_prompts_are_compared_without_case_and_outer_spaces(exact):
    one, other = embed_prompts(exact, [" A  Red Circle", "a red circle"]).values()
    assert torch.equal(one, other)


def test_an_unknown_prompt_names_the_nearest_ones(exact):
    with pytest.raises(ValueError, match="no embedding of 'a red circel'.*'a red circle'"):
        exact.encode_prompt("a red circel")


def test_one_string_in_the_place_of_a_list_is_refused(exact):
    with pytest.raises(TypeError, match=re.escape("expected a list of strings, such as ['a pencil']")):
        embed_prompts(exact, "a pencil")


def test_an_unknown_name_names_the_four():
    with pytest.raises(
        ValueError, match="no denoiser 'pockte'; expected one of 'auto', 'pocket', 'deepfloyd', 'exact'"
    ):
        load_stage_1("pockte")


@pytest.mark.parametrize("size", [0, 7, 12.5, "32"])
def test_exact_refuses_a_size_that_is_no_number_of_pixels(size):
    with pytest.raises(ValueError, match="expected a whole number of pixels, 8 or more"):
        load_stage_1("exact", size=size)


def test_pocket_has_one_size_and_a_door(small):
    assert isinstance(load_stage_1("pocket", size=16).unet, DoorUNet)
    with pytest.raises(ValueError, match="pocket makes pictures of 16 pixels, not 64"):
        load_stage_1("pocket", size=64)


def test_auto_takes_exact_under_the_grade_profile(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "grade")
    assert load_stage_1("auto").unet.config.sample_size == 32
    assert capsys.readouterr().out == "Denoiser: exact, because COURSE_PROFILE is grade.\n"


def test_auto_without_a_gpu_takes_pocket_and_says_why(small, capsys):
    small.setattr(torch.cuda, "is_available", lambda: False)
    load_stage_1()
    assert capsys.readouterr().out == "Denoiser: pocket; not deepfloyd, because there is no GPU.\n"


def test_auto_takes_deepfloyd_where_it_loads(small, capsys):
    small.setattr("helpers.denoisers.deepfloyd.load_deepfloyd", lambda device=None: load_stage_1("exact", size=64))
    assert load_stage_1("auto").unet.config.sample_size == 64
    assert capsys.readouterr().out == "Denoiser: deepfloyd (IF-I-L), because there is a GPU and an accepted licence.\n"


def test_deepfloyd_asked_for_by_name_says_why_it_cannot_run(small):
    small.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeepFloydUnavailable, match="there is no GPU.*T4 GPU"):
        load_stage_1("deepfloyd")


def test_the_progress_bar_shows_where_somebody_waits_and_never_on_stderr(monkeypatch, capfd):
    monkeypatch.setenv("COURSE_PROFILE", "colab")
    stage_1 = load_stage_1("exact", size=8)
    stage_1(prompt="a pencil", num_inference_steps=2)
    out, err = capfd.readouterr()
    assert "0/2" in out and err == ""


def test_drawings_of_one_prompt_differ_and_stay_in_range():
    mixture = drawn_pictures(32)
    assert mixture.means.shape[1:] == (3, 32, 32) and mixture.means.abs().max() <= 1
    assert len(mixture.means.flatten(1).unique(dim=0)) == len(mixture.means)
    counts = {prompt: sum(prompt in own for own in mixture.captions) for prompt in denoisers.COURSE_PROMPTS}
    assert min(counts.values()) >= 5, counts
