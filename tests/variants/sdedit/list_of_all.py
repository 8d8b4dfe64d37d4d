def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    t = timesteps[i_start]
    pictures = list(
        iterative_denoise_cfg(
            forward(im, t, alphas_cumprod),
            i_start,
            prompt_embeds,
            uncond_prompt_embeds,
            timesteps,
            stage_1,
            scale=scale,
        )
    )
    return pictures[-1]
