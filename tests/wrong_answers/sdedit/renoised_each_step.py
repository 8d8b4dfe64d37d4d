def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    x = im
    for i in range(i_start, len(timesteps) - 1):
        x = forward(im, timesteps[i], alphas_cumprod)
        x = next(iterative_denoise_cfg(x, i, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale))
    return x
