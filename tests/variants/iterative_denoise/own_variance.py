def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy.clone()
    for i, t in enumerate(timesteps):
        if i < i_start or i == len(timesteps) - 1:
            continue
        out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
        beta = 1 - a / b
        low = (1 - b) / (1 - a) * beta
        frac = (out[:, 3:] + 1) / 2
        std = torch.exp(0.5 * (frac * torch.log(beta) + (1 - frac) * torch.log(low)))
        # the mean in its noise form, Ho et al. 2020, eq. 11
        x = (x - beta / torch.sqrt(1 - a) * out[:, :3]) / torch.sqrt(1 - beta) + std * torch.randn_like(x)
    return x
