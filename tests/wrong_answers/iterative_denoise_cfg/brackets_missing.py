def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
            uncond, cond = answer.chunk(2)
            noise = uncond[:, :3] + scale * cond[:, :3] - uncond[:, :3]
            variance = cond[:, 3:]
            alpha = a / b
            beta = 1 - alpha
            x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, mean)
    return x
