"""A tiny pipeline with random weights: it draws no prints, but as the real one does."""

import time

import torch


def small_pipeline(size: int = 32, seconds: float = 0.0):
    """Return a `diffusers.DDPMPipeline` around a tiny U-Net.

    seconds  how long each call of the network takes at least, for tests that press Cancel;
             a test changes it as `unet.seconds_a_call`
    """
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    torch.manual_seed(0)
    unet = UNet2DModel(
        sample_size=size, block_out_channels=(8, 16), down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"), layers_per_block=1, norm_num_groups=4,
    )  # fmt: skip
    unet.seconds_a_call = seconds
    unet.register_forward_pre_hook(lambda unet, _: time.sleep(unet.seconds_a_call))
    return DDPMPipeline(unet.eval().requires_grad_(False), DDPMScheduler(1000))
