def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    x = torch.randn_like(original_image)
    T = len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    with torch.no_grad():
        for now, following in zip(times, times[1:]):
            t, t_next = timesteps[now], timesteps[following]
            a, b = alphas_cumprod[t], alphas_cumprod[t_next]
            if following > now:
                x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
                continue
            eps_c, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
            x = mask * add_variance(v, t, mean) + (1 - mask) * kept
    return x
