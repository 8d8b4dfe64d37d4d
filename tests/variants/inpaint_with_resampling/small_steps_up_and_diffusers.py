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


# The way up in the smallest steps there are, with the betas of the full chain: t + 1, t + 2, ..., t_up.
def noised_up(x, t, t_up):
    for s in range(t + 1, t_up + 1):
        x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
    return x


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    x, T = torch.randn_like(original_image), len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    for now, following in zip(times, times[1:]):
        t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
        if t_next > t:
            x = noised_up(x, t, t_next)
            continue
        cond = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
        x = stage_1.scheduler.step(torch.cat([noise, cond[:, 3:]], dim=1), t, x, return_dict=False)[0]
        known = stage_1.scheduler.add_noise(original_image, torch.randn_like(x), torch.tensor([t_next]))
        x = mask * x + (1 - mask) * known
    return x
