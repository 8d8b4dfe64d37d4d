def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    x = forward(im, timesteps[i_start], alphas_cumprod)
    loop = iterative_denoise_cfg(x, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    for _ in range(len(timesteps) - 2 - i_start):
        x = next(loop)
    return x
