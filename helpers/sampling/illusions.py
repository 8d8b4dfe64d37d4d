"""Visual anagrams, taught in chapter 07, and hybrid images, taught in chapter 08."""

from collections.abc import Iterator, Sequence

import torch
from torchvision.transforms.functional import gaussian_blur

from helpers.sampling.closing import taught_in
from helpers.sampling.denoising import denoise_with
from helpers.sampling.guidance import guided_prediction
from helpers.sampling.views import View, ViewPair, flipped, upright


@taught_in(7)
def make_illusion(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds: Sequence[torch.Tensor],
    views: Sequence[ViewPair],
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
) -> Iterator[torch.Tensor]:
    """Denoise one picture under several views at once, Geng et al. 2024, "parallel denoising". Taught in chapter 07.

    im_noisy              (B, 3, H, W) at noise level timesteps[i_start]
    i_start               index into timesteps; 0 starts from pure noise
    prompt_embeds         one (1, L, D) for each view: what is to be seen there
    views                 pairs (view, inverse_view) of functions on (B, 3, H, W) that move pixels or turn their sign,
                          so that N(0, I) noise stays N(0, I): see `helpers.sampling.views`
    uncond_prompt_embeds  (1, L, D)
    timesteps             kept time steps, from noisy to clean, ending at 0
    scale                 guidance scale of every view

    Yields the picture after each step. Raises ValueError where prompts and views differ in number.
    """
    if len(prompt_embeds) != len(views):
        raise ValueError(f"{len(prompt_embeds)} prompts came with {len(views)} views; give one prompt to each view.")
    predictions = [guided_prediction(stage_1, embeds, uncond_prompt_embeds, scale) for embeds in prompt_embeds]

    def predict(x_t: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        noises, variances = [], []
        for predict_view, (view, inverse_view) in zip(predictions, views, strict=True):
            noise, variance = predict_view(view(x_t), t)
            noises.append(inverse_view(noise))
            variances.append(inverse_view(variance) * _sign(inverse_view, variance))
        return torch.stack(noises).mean(dim=0), torch.stack(variances).mean(dim=0)

    return denoise_with(predict, im_noisy, i_start, timesteps, stage_1)


def _sign(inverse_view: View, like: torch.Tensor) -> torch.Tensor:
    """Return -1 where a view turns the sign and 1 elsewhere: a variance has its place in the picture, but no sign."""
    return inverse_view(torch.ones_like(like))


@taught_in(7)
def make_flip_illusion(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds_1: torch.Tensor,
    prompt_embeds_2: torch.Tensor,
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
) -> Iterator[torch.Tensor]:
    """Draw a picture that shows prompt 1 upright and prompt 2 upside down, Geng et al. 2024. Taught in chapter 07.

    The arguments are those of `make_illusion`. Yields the picture after each step.
    """
    prompts, views = [prompt_embeds_1, prompt_embeds_2], [upright(), flipped()]
    return make_illusion(im_noisy, i_start, prompts, views, uncond_prompt_embeds, timesteps, stage_1, scale)


@taught_in(8)
def low_pass(x: torch.Tensor) -> torch.Tensor:
    """Keep the low frequencies: a Gaussian blur with kernel 33 and sigma 2 at 64 pixels. Taught in chapter 08.

    x  (B, C, H, W). Kernel and sigma grow and shrink with H, so that the same share of the picture is blurred.

    Returns the blurred x, same shape; x minus it is the high pass.
    """
    sigma = 2 * x.shape[-2] / 64
    half = min(round(8 * sigma), min(x.shape[-2:]) - 1)  # 16 pixels a side at sigma 2; reflection needs half < size
    return gaussian_blur(x, [2 * half + 1] * 2, [sigma] * 2)


@taught_in(8)
def make_factorized(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds: Sequence[torch.Tensor],
    parts: Sequence[View],
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
) -> Iterator[torch.Tensor]:
    """Draw a picture each part of which follows its own prompt, Geng et al. 2024b. Taught in chapter 08.

    prompt_embeds  one (1, L, D) for each part
    parts          linear functions on (B, 3, H, W) that add up to the identity: low and high pass, grey and colour, ...

    The other arguments are those of `make_illusion`. Yields the picture after each step. The variance is the mean of
    the prompts' variances. Raises ValueError where prompts and parts differ in number.
    """
    if len(prompt_embeds) != len(parts):
        raise ValueError(f"{len(prompt_embeds)} prompts came with {len(parts)} parts; give one prompt to each part.")
    predictions = [guided_prediction(stage_1, embeds, uncond_prompt_embeds, scale) for embeds in prompt_embeds]

    def predict(x_t: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        noises, variances = zip(*(predict_part(x_t, t) for predict_part in predictions), strict=True)
        shares = (part(noise) for part, noise in zip(parts, noises, strict=True))
        noise = sum(shares, start=torch.zeros_like(x_t))
        return noise, torch.stack(variances).mean(dim=0)

    return denoise_with(predict, im_noisy, i_start, timesteps, stage_1)


@taught_in(8)
def make_hybrids(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds_low: torch.Tensor,
    prompt_embeds_high: torch.Tensor,
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
) -> Iterator[torch.Tensor]:
    """Draw a picture that shows one prompt from afar and another from close by. Taught in chapter 08.

    Factorized diffusion, Geng et al. 2024b: the low frequencies of the noise come from one prompt, the high ones from
    the other. prompt_embeds_low: seen from afar; prompt_embeds_high: seen from close by; else as `make_illusion`.

    Yields the picture after each step.
    """
    prompts, parts = [prompt_embeds_low, prompt_embeds_high], [low_pass, lambda x: x - low_pass(x)]
    return make_factorized(im_noisy, i_start, prompts, parts, uncond_prompt_embeds, timesteps, stage_1, scale)
