def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    noise = torch.randn(im.shape, generator=generator(42))
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod, eps=noise)
    result = im_noisy
    for result in iterative_denoise_cfg(
        im_noisy=im_noisy,
        i_start=i_start,
        prompt_embeds=prompt_embeds,
        uncond_prompt_embeds=uncond_prompt_embeds,
        timesteps=timesteps,
        stage_1=stage_1,
        scale=scale,
    ):
        pass
    return result.detach().clone()
