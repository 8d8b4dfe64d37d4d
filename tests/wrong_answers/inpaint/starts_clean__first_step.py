def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x, times = torch.randn_like(original_image), timesteps[::-1]
    with torch.no_grad():
        for t, t_prev in zip(times, times[1:]):
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            both = torch.cat([prompt_embeds, uncond_prompt_embeds])
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=both, return_dict=False)[0]
            (eps_c, eps_u), v = answer[:, :3].chunk(2), answer[:1, 3:]
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = mask * add_variance(v, t, mean) + (1 - mask) * forward(original_image, t_prev, alphas_cumprod)
    return x
