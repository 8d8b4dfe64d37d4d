"""Noising and denoising with one call or step by step, taught in chapters 01 to 03."""

from collections.abc import Callable, Iterator, Sequence

import torch

from helpers.denoisers.embeddings import embed_prompts
from helpers.runtime import generator
from helpers.sampling.closing import taught_in
from helpers.schedules import signal_to_noise

Prediction = Callable[[torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]
Keep = Callable[[torch.Tensor], torch.Tensor]


def in_range(x_0_pred: torch.Tensor) -> torch.Tensor:
    """Clamp an estimate of the clean picture to [-1, 1], where pictures lie. Taught in chapter 04."""
    return x_0_pred.clamp(-1, 1)


def as_it_is(x_0_pred: torch.Tensor) -> torch.Tensor:
    """Leave an estimate of the clean picture alone, as chapter 03 does."""
    return x_0_pred


@taught_in(1)
def generate(prompt: str, num_inference_steps: int, seed: int, stage_1) -> torch.Tensor:
    """Return one guided picture (1, 3, H, W) in [-1, 1], on the CPU. Taught in chapter 01.

    prompt               what to draw, a prompt that the pipeline knows
    num_inference_steps  1 .. T
    seed                 of all the noise: the same seed draws the same picture
    stage_1              a pipeline of `helpers.denoisers.load_stage_1`
    """
    embeds = embed_prompts(stage_1, ["", prompt])
    return (
        stage_1(
            prompt_embeds=embeds[prompt],
            negative_prompt_embeds=embeds[""],
            num_inference_steps=num_inference_steps,
            generator=generator(seed),
            output_type="pt",
        )
        .images.clamp(-1, 1)
        .cpu()
    )


@taught_in(2)
def forward(im: torch.Tensor, t: int, alphas_cumprod: torch.Tensor, eps: torch.Tensor | None = None) -> torch.Tensor:
    """Noise a picture to time t in one jump, Ho et al. 2020, eq. 4. Taught in chapter 02.

    im              (B, C, H, W) float, in [-1, 1]
    t               0 .. T - 1; larger is noisier
    alphas_cumprod  (T,), decreasing
    eps             (B, C, H, W), the noise to use; drawn from N(0, I) where it is not given

    Returns x_t, shaped like im. Raises ValueError for a time step outside the schedule.
    """
    alpha_bar_t = _at(alphas_cumprod, t).to(im)
    eps = torch.randn_like(im) if eps is None else eps
    return alpha_bar_t.sqrt() * im + (1 - alpha_bar_t).sqrt() * eps


@taught_in(2)
def snr(t: int, alphas_cumprod: torch.Tensor) -> float:
    """Return the signal-to-noise ratio of x_t, alpha-bar_t / (1 - alpha-bar_t). Taught in chapter 02."""
    return signal_to_noise(_at(alphas_cumprod, t)).item()


@taught_in(3)
def predict_x_0(x_t: torch.Tensor, t: int, eps_pred: torch.Tensor, alphas_cumprod: torch.Tensor) -> torch.Tensor:
    """Return the clean picture that x_t and the predicted noise imply, Ho et al. 2020, eq. 15. Taught in chapter 03.

    x_t, eps_pred   (B, C, H, W)
    t               0 .. T - 1
    alphas_cumprod  (T,)

    Returns (B, C, H, W), not clipped: values outside [-1, 1] can occur. Raises ValueError for t outside the schedule.
    """
    alpha_bar_t = _at(alphas_cumprod, t).to(x_t)
    return (x_t - (1 - alpha_bar_t).sqrt() * eps_pred) / alpha_bar_t.sqrt()


@taught_in(3)
@torch.no_grad()
def one_step_denoise(im_noisy: torch.Tensor, t: int, prompt_embeds: torch.Tensor, stage_1) -> torch.Tensor:
    """Estimate the clean picture with one call of the U-Net. Taught in chapter 03.

    im_noisy       (B, 3, H, W), a picture at noise level t
    t              0 .. T - 1
    prompt_embeds  (1 or B, L, D)
    stage_1        a pipeline of `helpers.denoisers.load_stage_1`

    Returns (B, 3, H, W).
    """
    noise_est, _ = _unet(stage_1, im_noisy, t, prompt_embeds)
    return predict_x_0(im_noisy, t, noise_est, stage_1.scheduler.alphas_cumprod)


@taught_in(3)
def denoising_step(
    x_t: torch.Tensor, x_0_pred: torch.Tensor, t: int, t_prev: int, alphas_cumprod: torch.Tensor
) -> torch.Tensor:
    """Return the mean of one reverse step, Ho et al. 2020, eq. 7 on kept steps. Taught in chapter 03.

    x_t, x_0_pred   (B, C, H, W)
    t, t_prev       two time steps with t > t_prev >= 0; t_prev is the previous kept step, not t - 1
    alphas_cumprod  (T,)

    Returns (B, C, H, W). Raises ValueError where the time steps are out of order or range.
    """
    if not t > t_prev:
        raise ValueError(f"t is {t} and t_prev is {t_prev}; expected t_prev below t.")
    alpha_bar_t, alpha_bar_prev = _at(alphas_cumprod, t).to(x_t), _at(alphas_cumprod, t_prev).to(x_t)
    alpha_t = alpha_bar_t / alpha_bar_prev
    beta_t = 1 - alpha_t
    from_x_0 = alpha_bar_prev.sqrt() * beta_t / (1 - alpha_bar_t)
    from_x_t = alpha_t.sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar_t)
    return from_x_0 * x_0_pred + from_x_t * x_t


def variance_adder(stage_1) -> Callable[[torch.Tensor, int, torch.Tensor], torch.Tensor]:
    """Return `add_variance(predicted_variance, t, image)` for a pipeline, as the notebooks of part A use it.

    The noise that it adds has the learned-range variance of Nichol and Dhariwal 2021, eq. 15, for the step from t to
    the previous kept step of `stage_1.scheduler`: call `scheduler.set_timesteps(timesteps=...)` first.
    """

    def add_variance(predicted_variance: torch.Tensor, t: int, image: torch.Tensor) -> torch.Tensor:
        """Add the step's noise to the mean: predicted_variance and image (B, 3, H, W), t a kept time step."""
        log_variance = stage_1.scheduler._get_variance(t, predicted_variance=predicted_variance)
        return image + torch.exp(0.5 * log_variance) * torch.randn_like(image)

    return add_variance


@torch.no_grad()
def denoise_with(
    predict: Prediction,
    im_noisy: torch.Tensor,
    i_start: int,
    timesteps: Sequence[int],
    stage_1,
    keep: Keep = in_range,
) -> Iterator[torch.Tensor]:
    """Denoise step by step with any prediction of the noise, Ho et al. 2020, algorithm 2 on kept steps.

    predict    called with x_t (B, 3, H, W) and t; returns noise and variance, each (B, 3, H, W)
    im_noisy   (B, 3, H, W) at noise level timesteps[i_start]
    i_start    index into timesteps; 0 starts from pure noise
    timesteps  kept time steps, from noisy to clean, ending at 0
    keep       called with each x_0_pred (B, 3, H, W); returns what the step uses of it

    Yields the picture after each step, the last at noise level 0.
    """
    stage_1.scheduler.set_timesteps(timesteps=list(timesteps))
    add_variance = variance_adder(stage_1)
    alphas_cumprod = stage_1.scheduler.alphas_cumprod
    x_t = im_noisy
    for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :], strict=True):
        noise_est, predicted_variance = predict(x_t, t)
        x_0_pred = keep(predict_x_0(x_t, t, noise_est, alphas_cumprod))
        x_t = add_variance(predicted_variance, t, denoising_step(x_t, x_0_pred, t, t_prev, alphas_cumprod))
        yield x_t


@taught_in(3)
def iterative_denoise(
    im_noisy: torch.Tensor,
    i_start: int,
    prompt_embeds: torch.Tensor,
    timesteps: Sequence[int],
    stage_1,
    keep: Keep = as_it_is,
) -> Iterator[torch.Tensor]:
    """Denoise step by step from timesteps[i_start], Ho et al. 2020, algorithm 2 on kept steps. Taught in chapter 03.

    im_noisy       (B, 3, H, W) at noise level timesteps[i_start]
    i_start        index into timesteps; 0 starts from pure noise, larger starts closer to the picture
    prompt_embeds  (1 or B, L, D)
    timesteps      kept time steps, from noisy to clean, ending at 0
    keep           called with each x_0_pred (B, 3, H, W); returns what the step uses of it

    Yields the picture after each step, len(timesteps) - 1 - i_start of them, the last at noise level 0.
    """

    def predict(x_t: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        return _unet(stage_1, x_t, t, prompt_embeds)

    return denoise_with(predict, im_noisy, i_start, timesteps, stage_1, keep)


def _unet(stage_1, x_t: torch.Tensor, t: int, prompt_embeds: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Call the U-Net and return its two halves: noise and variance, each (B, 3, H, W)."""
    embeds = prompt_embeds.expand(len(x_t), -1, -1)
    return stage_1.unet(x_t, t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2, dim=1)


def _at(alphas_cumprod: torch.Tensor, t: int) -> torch.Tensor:
    """Return alphas_cumprod[t]; raise outside the schedule, since index -1 would read the noisiest step."""
    if not 0 <= int(t) < len(alphas_cumprod):
        raise ValueError(f"t is {int(t)}; expected a time step from 0 to {len(alphas_cumprod) - 1}.")
    return alphas_cumprod[int(t)]
