def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    # x_0_pred and the mean are linear in the noise, so the two estimates of the clean picture can be put together, too.
    x = im_noisy.clone()
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            clean, variance = [], torch.zeros_like(x)
            for embeds in (prompt_embeds_low, prompt_embeds_high):
                cond = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0]
                noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
                clean.append((x - (1 - a).sqrt() * noise) / a.sqrt())
                variance += cond[:, 3:] / 2
            x_0 = low(clean[0]) + clean[1] - low(clean[1])
            x = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, x)
    return x
