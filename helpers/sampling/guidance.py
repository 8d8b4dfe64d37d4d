"""Guided sampling, taught in chapter 04."""

from collections.abc import Iterator, Sequence

import torch

from helpers.sampling.closing import taught_in
from helpers.sampling.denoising import Keep, Prediction, denoise_with, in_range


@taught_in(4)
def guided_prediction(
    stage_1, prompt_embeds: torch.Tensor, uncond_prompt_embeds: torch.Tensor, scale: float
) -> Prediction:
    """Return predict(x_t, t) -> (noise, variance), each (B, 3, H, W): classifier-free guidance in one batched call.

    noise = uncond + scale (cond - uncond), Ho and Salimans 2022, eq. 6 with scale = 1 + w. The variance is that of
    the conditional call: guidance moves the mean of a step and leaves its width alone.

    prompt_embeds, uncond_prompt_embeds  (1 or B, L, D)
    scale                                1 = the prompt alone, 0 = no prompt; larger follows the prompt more
    """

    def predict(x_t: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        embeds = torch.cat([each.expand(len(x_t), -1, -1) for each in (uncond_prompt_embeds, prompt_embeds)])
        answer = stage_1.unet(torch.cat([x_t, x_t]), t, encoder_hidden_states=embeds, return_dict=False)[0]
        uncond, cond = answer.chunk(2)
        noise_uncond, noise_cond = uncond[:, :3], cond[:, :3]
        return noise_uncond + scale * (noise_cond - noise_uncond), cond[:, 3:]

    return predict


@taught_in(4)
def iterative_denoise_cfg(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds: torch.Tensor,
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
    keep: Keep = in_range,
) -> Iterator[torch.Tensor]:
    """Denoise with classifier-free guidance, Ho and Salimans 2022, algorithm 2. Taught in chapter 04.

    im_noisy              (B, 3, H, W) at noise level timesteps[i_start]
    i_start               index into timesteps; 0 starts from pure noise, larger starts closer to the picture
    prompt_embeds         (1 or B, L, D), what to draw
    uncond_prompt_embeds  (1 or B, L, D), the null prompt's
    timesteps             kept time steps, from noisy to clean, ending at 0
    scale                 1 = the prompt alone, 0 = no prompt, 7 = as in the assignment
    keep                  called with each x_0_pred (B, 3, H, W); returns what the step uses of it: `in_range`,
                          `dynamic_threshold` or a function of your own

    Yields the picture after each step, len(timesteps) - 1 - i_start of them, the last at noise level 0.
    """
    predict = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale)
    return denoise_with(predict, im_noisy, i_start, timesteps, stage_1, keep)


@taught_in(4)
def dynamic_threshold(x_0_pred: torch.Tensor, share: float = 0.95, largest: float = 1.5) -> torch.Tensor:
    """Bring an estimate of the clean picture back into [-1, 1], Saharia et al. 2022, section 2.3. Taught in chapter 04.

    x_0_pred  (B, C, H, W)
    share     of the values of a picture that may set its range, 0 .. 1; the others are clamped
    largest   the range is at most this, 1 or more; DeepFloyd IF has 1.5

    Returns (B, C, H, W): each picture clamped to its own range and divided by it. A picture within [-1, 1] stays.
    """
    size = x_0_pred.abs().flatten(1).quantile(share, dim=1).clamp(1, largest).reshape(-1, 1, 1, 1)
    return x_0_pred.clamp(-size, size) / size
