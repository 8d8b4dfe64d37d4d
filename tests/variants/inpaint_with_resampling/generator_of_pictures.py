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


def pictures(original, mask, c, u, places, scale):
    x = torch.randn_like(original)
    for t, s in zip(places, places[1:]):
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        if s > t:
            x = (torch.sqrt(b / a) * x + torch.sqrt(1 - b / a) * torch.randn_like(x)).float()
        else:
            out_c = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=c).sample
            out_u = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=u).sample
            eps = (1 - scale) * out_u[:, :3] + scale * out_c[:, :3]
            x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
            k = torch.sqrt(b) * (1 - a / b) / (1 - a)
            x = add_variance(out_c[:, 3:], t, k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x)
            kept = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (mask * x + (1 - mask) * kept).float()
        yield x


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    times = schedule_of(len(timesteps) - 1, jump_length, n_resample)
    places = [timesteps[len(timesteps) - 2 - time] for time in times]
    *_, last = pictures(original_image, mask, prompt_embeds, uncond_prompt_embeds, places, scale)
    return last.detach().cpu().numpy()
