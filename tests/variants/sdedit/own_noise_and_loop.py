def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    a = alphas_cumprod[timesteps[i_start]]
    x = a.sqrt() * im + (1 - a).sqrt() * torch.randn(im.shape)
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, s = timesteps[i], timesteps[i + 1]
            cond = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
            uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            eps = scale * cond[:, :3] + (1 - scale) * uncond[:, :3]
            a, b = alphas_cumprod[t], alphas_cumprod[s]
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(cond[:, 3:], t, mean)
    return x
