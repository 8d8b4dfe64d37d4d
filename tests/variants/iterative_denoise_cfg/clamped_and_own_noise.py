def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        a, b = alphas_cumprod[timesteps[i]], alphas_cumprod[timesteps[i + 1]]
        beta = 1 - a / b
        with torch.no_grad():
            u = stage_1.unet(x, timesteps[i], encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            c = stage_1.unet(x, timesteps[i], encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        eps = scale * c[:, :3] + (1 - scale) * u[:, :3]
        x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
        x = b.sqrt() * beta / (1 - a) * x_0 + (1 - beta).sqrt() * (1 - b) / (1 - a) * x
        if i < len(timesteps) - 2:
            frac = (c[:, 3:] + 1) / 2
            log_variance = frac * beta.log() + (1 - frac) * ((1 - b) / (1 - a) * beta).log()
            x = x + (0.5 * log_variance).exp() * torch.randn_like(x)
    return x
