def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, strided_timesteps[i_start], alphas_cumprod)
    for picture in iterative_denoise_cfg(
        im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
    ):
        pass
    return picture
