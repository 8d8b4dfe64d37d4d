def step(x, t, t_prev, embeds):
    a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
    noise, variance = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2, dim=1)
    x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
    mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
    return mean, variance


def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            mean_uncond, _ = step(x, t, t_prev, uncond_prompt_embeds)
            mean_cond, variance = step(x, t, t_prev, prompt_embeds)
            uncond, cond = add_variance(variance, t, mean_uncond), add_variance(variance, t, mean_cond)
            x = uncond + scale * (cond - uncond)
    return x
