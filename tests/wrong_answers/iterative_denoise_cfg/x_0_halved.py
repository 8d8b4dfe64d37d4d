@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        x_0_pred = predict_x_0(image, t, noise_est, alphas_cumprod).clamp(0, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean)
    return image
