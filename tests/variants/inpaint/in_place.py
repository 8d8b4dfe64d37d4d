def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    keep = (mask == 0).expand(original_image.shape)
    x = torch.empty_like(original_image).normal_()
    with torch.no_grad():
        for index, t in enumerate(timesteps[:-1]):
            s = timesteps[index + 1]
            a, b = float(alphas_cumprod[t]), float(alphas_cumprod[s])
            out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
            eps = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0][:, :3].clone()
            eps += scale * (out[:, :3] - eps)
            clean = ((x - (1 - a) ** 0.5 * eps) / a**0.5).clamp_(-1, 1)
            x = add_variance(
                out[:, 3:], t, b**0.5 * (1 - a / b) / (1 - a) * clean + (a / b) ** 0.5 * (1 - b) / (1 - a) * x
            )
            noisy = original_image.clone().mul_(b**0.5).add_(torch.randn(original_image.shape), alpha=(1 - b) ** 0.5)
            x[keep] = noisy[keep]
    return x
