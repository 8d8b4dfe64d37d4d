def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = (
                alphas_cumprod[t] / alphas_cumprod[max(t - 1, 0)],
                (alphas_cumprod[t_prev] / alphas_cumprod[t_prev - 1] if t_prev else alphas_cumprod[0]),
            )
            eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            alpha = a / b
            beta = 1 - alpha
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
    return x
