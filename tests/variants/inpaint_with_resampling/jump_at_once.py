from helpers.sampling import denoising_step, forward, predict_x_0


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


# All levels of a jump at once: their noises add up to one Gaussian.
@torch.no_grad()
def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    levels = list(reversed(timesteps))  # levels[0] is clean, levels[k] the k-th above it
    times = [t + 1 for t in schedule_of(len(levels) - 1, jump_length, n_resample)]
    both = torch.cat([uncond_prompt_embeds, prompt_embeds])
    x, k = torch.randn_like(original_image), times[0]
    for following, after in zip(times[1:], [*times[2:], -1]):
        t, t_next = levels[k], levels[following]
        if following < k:
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=both, return_dict=False)[0]
            uncond, cond = answer.chunk(2)
            x_0 = predict_x_0(x, t, uncond[:, :3] + scale * (cond - uncond)[:, :3], alphas_cumprod)
            x = add_variance(cond[:, 3:], t, denoising_step(x, x_0, t, t_next, alphas_cumprod))
            x = mask * x + (1 - mask) * forward(original_image, t_next, alphas_cumprod)
        elif after > following:
            continue
        else:
            share = alphas_cumprod[t_next] / alphas_cumprod[t]
            x = share.sqrt() * x + (1 - share).sqrt() * torch.randn(x.shape)
        k = following
    return x
