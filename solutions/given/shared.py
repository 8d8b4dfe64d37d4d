"""What the set-up cells of most chapters define, as an answer finds it: no weights, small, quick."""

import torch

# The functions of chapter 9 that make a block, and the classes that do the same
_BLOCKS = {
    "conv": "Conv",
    "down_conv": "DownConv",
    "up_conv": "UpConv",
    "flatten": "Flatten",
    "unflatten": "Unflatten",
    "conv_block": "ConvBlock",
    "down_block": "DownBlock",
    "up_block": "UpBlock",
    "fc_block": "FCBlock",
}


def given(stage_1) -> dict:
    """Return the namespace in which the answer of an exercise runs.

    stage_1  the exact denoiser's pipeline
    """
    from torch import nn
    from torchvision.transforms.functional import gaussian_blur

    from helpers.ddpm import add_noise
    from helpers.denoisers import COURSE_PROMPTS, embed_prompts
    from helpers.networks import mnist
    from helpers.runtime import generator
    from helpers.sampling import denoising_step, forward, in_range, iterative_denoise_cfg, predict_x_0, variance_adder
    from helpers.schedules import strided

    timesteps = strided(stride=30)
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    return {
        "torch": torch,
        "stage_1": stage_1,
        "alphas_cumprod": stage_1.scheduler.alphas_cumprod,
        "betas": stage_1.scheduler.betas,
        "strided_timesteps": timesteps,
        "add_variance": variance_adder(stage_1),
        "denoising_step": denoising_step,
        "forward": forward,
        "in_range": in_range,
        "predict_x_0": predict_x_0,
        "low_pass": lambda x: gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32),  # the student's of 8.1
        "iterative_denoise_cfg": iterative_denoise_cfg,
        "generator": generator,
        "prompts": list(COURSE_PROMPTS[:3]),
        "prompt_embeds_dict": embed_prompts(stage_1, ["", *COURSE_PROMPTS]),
        "gaussian_blur": gaussian_blur,
        "nn": nn,
        "add_noise": add_noise,
        **{name: getattr(mnist, block) for name, block in _BLOCKS.items()},
        **{block: getattr(mnist, block) for block in _BLOCKS.values()},
    }
