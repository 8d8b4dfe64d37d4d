def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    a = alphas_cumprod[timesteps[i_start]]
    im_noisy = a.sqrt() * im
    for picture in iterative_denoise_cfg(
        im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
    ):
        pass
    return picture
