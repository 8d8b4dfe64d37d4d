"""RePaint, taught in chapter 06."""

from collections.abc import Iterator, Sequence

import torch

from helpers.sampling.closing import taught_in
from helpers.sampling.denoising import denoising_step, forward, predict_x_0, variance_adder
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

    original_image  (1, 3, H, W) in [-1, 1]
    mask            (1, 1 or 3, H, W) or (H, W); 1 = new content, 0 = keep (RePaint's own mask is the other way round)
    timesteps       kept time steps, from noisy to clean, ending at 0

    Yields the picture after each transition, the last at noise level timesteps[-1].
    """
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
            x_0_pred = predict_x_0(x_t, t, noise_est, alphas_cumprod)
            x_t = add_variance(predicted_variance, t, denoising_step(x_t, x_0_pred, t, t_next, alphas_cumprod))
            x_t = mask * x_t + (1 - mask) * forward(original_image, t_next, alphas_cumprod)
        else:
            alpha_t = alphas_cumprod[t_next] / alphas_cumprod[t]
            x_t = alpha_t.sqrt() * x_t + (1 - alpha_t).sqrt() * torch.randn_like(x_t)
        yield x_t
