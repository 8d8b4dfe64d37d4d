def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.clone()
    with torch.no_grad():
        for i, t in enumerate(timesteps[:-1]):
            if i < i_start:
                continue
            noise, variance = torch.zeros_like(x), torch.zeros_like(x)
            for embeds, dims in ((prompt_embeds_1, ()), (prompt_embeds_2, (-2,))):
                seen = x.flip(dims)
                uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
                cond = stage_1.unet(seen, t, encoder_hidden_states=embeds, return_dict=False)[0]
                noise += 0.5 * (uncond + scale * (cond - uncond))[:, :3].flip(dims)
                variance += 0.5 * cond[:, 3:].flip(dims)
            a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
            # the mean in its noise form, Ho et al. 2020, eq. 11
            x -= (1 - a / b) / torch.sqrt(1 - a) * noise
            x /= torch.sqrt(a / b)
            x = add_variance(variance, t, x)
    return x
