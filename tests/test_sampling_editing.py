"""Editing by noising against diffusers: which steps a strength takes, and that an edit is the whole chain cut short."""

import pytest
import torch

from helpers.denoisers import drawn_pictures, embed_prompts
from helpers.sampling import forward, iterative_denoise_cfg
from helpers.schedules import strided


def i_start_of(strength: float, timesteps: list[int]) -> int:
    """Compute what exercise 5.3 asks for."""
    return len(timesteps) - 1 - int((len(timesteps) - 1) * strength)


@pytest.mark.parametrize("stride", [30, 41, 100])
@pytest.mark.parametrize("strength", [0.0, 0.13, 0.3, 0.5, 0.62, 0.9, 1.0])
def test_i_start_begins_where_diffusers_begins(stage_1, strength, stride):
    from diffusers import DDPMScheduler, IFImg2ImgPipeline  # after helpers, which lets torchvision load without a GPU

    timesteps = strided(stride=stride)
    scheduler = DDPMScheduler.from_config(stage_1.scheduler.config)
    pipeline = IFImg2ImgPipeline(
        tokenizer=None, text_encoder=None, unet=stage_1.unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, watermarker=None, requires_safety_checker=False,
    )  # fmt: skip
    scheduler.set_timesteps(timesteps=timesteps[:-1])  # diffusers counts the times at which it calls the U-Net
    theirs, count = pipeline.get_timesteps(len(timesteps) - 1, strength)
    i_start = i_start_of(strength, timesteps)
    assert theirs.tolist() == timesteps[i_start:-1] and count == len(timesteps) - 1 - i_start


def test_an_edit_from_half_way_comes_back_to_a_picture_that_the_model_knows(stage_1):
    timesteps = strided()
    embeds = embed_prompts(stage_1, ["", "a rocket ship"])
    im = drawn_pictures(32).means[62:63]  # of the exact denoiser's world
    far = []
    for i_start in (0, 10, 20, 30):
        torch.manual_seed(0)
        start = forward(im, timesteps[i_start], stage_1.scheduler.alphas_cumprod)
        *_, edit = iterative_denoise_cfg(start, i_start, embeds[""], embeds[""], timesteps, stage_1, 1)
        far.append((edit - im).square().mean().sqrt().item())
    assert far[0] > 0.2 and max(far[1:]) < 0.05, far
