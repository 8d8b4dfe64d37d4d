from helpers.sampling import denoising_step, forward, predict_x_0
from helpers.sampling.guidance import guided_prediction


# Without a list of times: the loop counts by itself how often a place was left. The kept region is noised anew on top.
@torch.no_grad()
def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    predict, last = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale), len(timesteps) - 1
    left = {last - 1 - place: n_resample - 1 for place in range(0, last - jump_length, jump_length)}
    x, i = torch.randn_like(original_image), 0
    while i < last:
        t, t_prev = timesteps[i], timesteps[i + 1]
        noise_est, v = predict(x, t)
        x = add_variance(
            v, t, denoising_step(x, predict_x_0(x, t, noise_est, alphas_cumprod), t, t_prev, alphas_cumprod)
        )
        x = mask * x + (1 - mask) * forward(original_image, t_prev, alphas_cumprod)
        i += 1
        if left.get(i, 0):
            left[i] -= 1
            i -= jump_length
            left_over = alphas_cumprod[timesteps[i]] / alphas_cumprod[t_prev]
            x = left_over.sqrt() * x + (1 - left_over).sqrt() * torch.randn_like(x)
            x = mask * x + (1 - mask) * forward(original_image, timesteps[i], alphas_cumprod)
    return x
