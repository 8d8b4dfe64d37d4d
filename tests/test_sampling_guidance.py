"""Guidance against diffusers' IFPipeline, its scheduler, and identities."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers import sampling
from helpers.checks.scripted_denoiser import ScriptedDenoiser
from helpers.denoisers import embed_prompts
from helpers.denoisers.world import answering
from helpers.sampling.guidance import guided_prediction
from helpers.schedules import strided

TIMESTEPS = strided()
SHAPE = (1, 3, 16, 16)


def noise(seed: int = 0) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def prompted(stage_1):
    """Return two prompts' embeddings and a world that answers each in its own way, without noise in the steps."""
    own = embed_prompts(stage_1, ["", "a pencil"])
    embeds = {"cond": own["a pencil"], "uncond": own[""]}
    steps = [*zip(TIMESTEPS, [*TIMESTEPS[1:], -1], strict=True)]
    source = torch.Generator().manual_seed(1)
    return embeds, ScriptedDenoiser(embeds, steps, SHAPE, source, silent=True)


@pytest.mark.parametrize("scale", [7, 3, 1.5])
def test_the_guided_loop_is_that_of_ifpipeline(stage_1, prompted, scale):
    """IFPipeline goes one step further than the course: to the clean picture, where its last x_0_pred is the answer."""
    embeds, world = prompted
    answers = []
    with answering(stage_1, world):
        for ours in sampling.iterative_denoise_cfg(
            noise(), 0, embeds["cond"], embeds["uncond"], TIMESTEPS, stage_1, scale
        ):
            answers.append(ours)
        theirs = []
        stage_1(
            prompt_embeds=embeds["cond"],
            negative_prompt_embeds=embeds["uncond"],
            timesteps=TIMESTEPS,
            guidance_scale=scale,
            height=SHAPE[-2],
            width=SHAPE[-1],
            generator=torch.Generator().manual_seed(0),
            output_type="pt",
            callback=lambda step, t, x_t: theirs.append(x_t),
        )
    assert len(answers) == len(theirs) - 1 == 33
    for step, (our, their) in enumerate(zip(answers, theirs, strict=False)):
        torch.testing.assert_close(our, their, atol=2e-4, rtol=2e-4, msg=f"step {step}")


def test_the_variance_is_that_of_the_conditional_call_as_in_ifpipeline(stage_1, prompted):
    embeds, _ = prompted
    world = ScriptedDenoiser(embeds, [(690, 660)], SHAPE, torch.Generator().manual_seed(1), silent=False)
    with answering(stage_1, world):
        _, variance = guided_prediction(stage_1, embeds["cond"], embeds["uncond"], 7)(noise(), 690)
    torch.testing.assert_close(variance.double(), world.answer(noise().double(), 690, "cond")[1])


@pytest.mark.parametrize(("scale", "name"), [(1, "cond"), (0, "uncond")])
def test_scale_1_is_the_prompt_alone_and_scale_0_no_prompt(stage_1, prompted, scale, name):
    embeds, world = prompted
    with answering(stage_1, world):
        guided, _ = guided_prediction(stage_1, embeds["cond"], embeds["uncond"], scale)(noise(), 500)
    torch.testing.assert_close(guided.double(), world.answer(noise().double(), 500, name)[0], atol=1e-5, rtol=1e-5)


def test_a_batch_of_pictures_is_guided_like_each_of_them(stage_1, prompted):
    embeds, world = prompted
    with answering(stage_1, world):
        predict = guided_prediction(stage_1, embeds["cond"], embeds["uncond"], 5)
        both, _ = predict(torch.cat([noise(0), noise(1)]), 300)
        each = torch.cat([predict(noise(seed), 300)[0] for seed in (0, 1)])
    torch.testing.assert_close(both, each)


@pytest.mark.parametrize("size", [0.5, 1.2, 4.0])
def test_dynamic_threshold_is_that_of_diffusers(size):
    scheduler = DDPMScheduler(thresholding=True, dynamic_thresholding_ratio=0.95, sample_max_value=1.5)
    x_0_pred = size * torch.randn(3, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(sampling.dynamic_threshold(x_0_pred), scheduler._threshold_sample(x_0_pred))


def test_what_is_kept_of_an_estimate_is_up_to_the_caller(stage_1, prompted):
    """The loop hands each estimate to `keep`, and ends near the picture that it gives back."""
    embeds, world = prompted
    grey, seen = torch.full(SHAPE, 0.25), []

    def keep(x_0_pred):
        seen.append(x_0_pred.shape)
        return grey

    with answering(stage_1, world):
        *_, last = sampling.iterative_denoise_cfg(
            noise(), 20, embeds["cond"], embeds["uncond"], TIMESTEPS, stage_1, keep=keep
        )
    assert len(seen) == 13 and (last - grey).abs().max() < 0.05


def test_an_estimate_beyond_the_range_of_pictures_is_clamped():
    assert sampling.in_range(torch.tensor([-3.0, 0.2, 1.4])).tolist() == [-1.0, pytest.approx(0.2), 1.0]
