def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im = im.half().cuda()
    noise = torch.randn(im.shape, device="cuda", dtype=torch.float16)
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod.to("cuda"), noise)
    *_, last = iterative_denoise_cfg(
        im_noisy, i_start, prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda(), timesteps, stage_1, scale
    )
    return last
