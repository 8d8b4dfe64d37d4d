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
    original, m = original_image.half().cuda(), mask.half().cuda()
    c, u = prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda()
    x, abars = torch.randn(original.shape, device="cuda").half(), alphas_cumprod.cuda()
    T = len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    with torch.no_grad():
        for now, following in zip(times[:-1], times[1:]):
            t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
            a, b = abars[t], abars[t_next]
            if now < following:
                x = (torch.sqrt(b / a) * x + torch.sqrt(1 - b / a) * torch.randn_like(x)).half()
                continue
            eps_c, v = torch.split(stage_1.unet(x, t, encoder_hidden_states=c, return_dict=False)[0], 3, dim=1)
            eps_u, _ = torch.split(stage_1.unet(x, t, encoder_hidden_states=u, return_dict=False)[0], 3, dim=1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = ((x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)).clamp(-1, 1)
            mean = torch.sqrt(b) * (1 - a / b) / (1 - a) * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x
            known = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (add_variance(v, t, mean) * m + known * (1 - m)).half()
    return x
