def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]
            cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_high, return_dict=False)[0]
            uncond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]
            noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
            noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
            noise = low(noise_1) + (noise_2 - low(noise_2))
            variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image
