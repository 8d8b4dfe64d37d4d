"""RePaint, taught in chapter 06."""

from collections.abc import Iterator, Sequence

import torch

from helpers.sampling.closing import taught_in
from helpers.sampling.denoising import denoising_step, forward, in_range, predict_x_0, variance_adder
from helpers.sampling.guidance import guided_prediction


@taught_in(6)
def resampling_schedule(T: int, jump_length: int = 1, n_resample: int = 1) -> list[int]:
    """List the times that RePaint visits, from T - 1 down to -1, Lugmayr et al. 2022, appendix B. Taught in chapter 06.

    T            number of noise levels, 1 or more
    jump_length  how many levels a jump back goes up, 1 or more
    n_resample   how often each stretch is walked in all; 1 = never back

    Returns a list that starts at T - 1 and ends at -1 (the clean picture); each entry differs from the next by one:
    a step down denoises, a step up adds noise. Raises ValueError for numbers below 1.
    """
    if min(T, jump_length, n_resample) < 1:
        raise ValueError(f"T, jump_length and n_resample are {T}, {jump_length}, {n_resample}; each must be 1 or more.")
    jumps = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1)
    times, t = [T - 1], T - 1
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


@taught_in(6)
@torch.no_grad()
def inpaint(
    original_image: torch.Tensor,
    mask: torch.Tensor,
    prompt_embeds: torch.Tensor,
    uncond_prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    scale: float = 7,
    jump_length: int = 1,
    n_resample: int = 1,
) -> Iterator[torch.Tensor]:
    """Draw new content where mask is 1 and keep the original where it is 0, RePaint. Taught in chapter 06.

    After each step the kept region is put back at that step's noise level, Lugmayr et al. 2022, eq. 8. With
    n_resample above 1 the loop goes back jump_length kept steps n_resample - 1 times, algorithm 1.

    original_image        (B, 3, H, W) in [-1, 1]
    mask                  (H, W), (1, 1, H, W) or (1 or B, 1 or 3, H, W) in [0, 1]; 1 = new content, 0 = keep
                          (RePaint's own mask is the other way round)
    prompt_embeds         (1 or B, L, D), what to draw
    uncond_prompt_embeds  (1 or B, L, D), the null prompt's
    timesteps             kept time steps, from noisy to clean, ending at 0
    scale                 1 = the prompt alone, 0 = no prompt, 7 = as in the assignment
    jump_length           kept steps that a jump back goes up, 1 or more
    n_resample            how often each stretch is walked in all; 1 = never back

    Yields the picture after each transition, the last at noise level timesteps[-1]. Raises ValueError for a mask that
    does not fit the picture or leaves [0, 1].
    """
    mask = _fitting(mask, original_image)
    stage_1.scheduler.set_timesteps(timesteps=list(timesteps))
    add_variance, alphas_cumprod = variance_adder(stage_1), stage_1.scheduler.alphas_cumprod
    predict = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale)
    times = resampling_schedule(len(timesteps) - 1, jump_length, n_resample)
    levels = [len(timesteps) - 2 - time for time in times]  # indices into timesteps: 0 is the noisiest
    x_t = torch.randn_like(original_image)
    for i, i_next in zip(levels[:-1], levels[1:], strict=True):
        t, t_next = timesteps[i], timesteps[i_next]
        if i_next > i:
            noise_est, predicted_variance = predict(x_t, t)
            x_0_pred = in_range(predict_x_0(x_t, t, noise_est, alphas_cumprod))
            x_t = add_variance(predicted_variance, t, denoising_step(x_t, x_0_pred, t, t_next, alphas_cumprod))
            x_t = mask * x_t + (1 - mask) * forward(original_image, t_next, alphas_cumprod)
        else:
            x_t = renoise(x_t, t, t_next, alphas_cumprod)
        yield x_t


@taught_in(6)
def renoise(x_t: torch.Tensor, t: int, t_next: int, alphas_cumprod: torch.Tensor) -> torch.Tensor:
    """Take x_t back up to a noisier time, Ho et al. 2020, eq. 2 on kept steps. Taught in chapter 06.

    x_t             (B, C, H, W) at noise level t
    t, t_next       two time steps with t_next > t
    alphas_cumprod  (T,)

    Returns (B, C, H, W) at noise level t_next. Raises ValueError where t_next is not above t.
    """
    if not t_next > t:
        raise ValueError(f"t is {t} and t_next is {t_next}; expected t_next above t.")
    alpha_t = (alphas_cumprod[t_next] / alphas_cumprod[t]).to(x_t)
    return alpha_t.sqrt() * x_t + (1 - alpha_t).sqrt() * torch.randn_like(x_t)


def _fitting(mask: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Return the mask as numbers like the picture's, after a look at its shape and its values."""
    mask = torch.as_tensor(mask).to(image)
    try:
        fits = torch.broadcast_shapes(mask.shape, image.shape) == image.shape and mask.shape[-2:] == image.shape[-2:]
    except RuntimeError:  # the shapes cannot be broadcast at all
        fits = False
    if not fits:
        raise ValueError(
            f"the mask has shape {tuple(mask.shape)} and the picture {tuple(image.shape)}; expected (H, W) or "
            f"(1, 1, H, W) with H, W = {', '.join(map(str, image.shape[-2:]))}."
        )
    if not bool(((mask >= 0) & (mask <= 1)).all()):
        raise ValueError(
            f"the mask has values from {mask.min().item():g} to {mask.max().item():g}; expected 0 (keep) to 1 (new)."
        )
    return mask
