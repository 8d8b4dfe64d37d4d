def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = torch.randn_like(original_image)
    with torch.no_grad():
        for i in range(len(timesteps) - 1, 0, -1):
            t, t_prev = timesteps[i], timesteps[i - 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            eps_c, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
            kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
            x = mask * x + (1 - mask) * kept
    return x
