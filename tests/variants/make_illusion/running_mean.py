def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.clone()
    with torch.no_grad():
        for i, t in enumerate(timesteps):
            if i < i_start or i == len(timesteps) - 1:
                continue
            noise, variance = torch.zeros_like(x), torch.zeros_like(x)
            for number, (view, inverse_view) in enumerate(views, 1):
                both = torch.cat([uncond_prompt_embeds, prompt_embeds[number - 1]])
                seen = view(x).expand(2, -1, -1, -1)
                uncond, cond = stage_1.unet(seen, t, encoder_hidden_states=both, return_dict=False)[0].split(1)
                back = inverse_view(uncond[:, :3] * (1 - scale) + cond[:, :3] * scale)
                sign = inverse_view(torch.ones_like(back))
                noise += (back - noise) / number
                variance += (inverse_view(cond[:, 3:]).mul(sign) - variance) / number
            a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
            alpha = a / b
            x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
            x = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, x)
    return x
