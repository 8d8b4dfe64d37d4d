def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            flipped = image.flip(-2)
            cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_1, return_dict=False)[0]
            uncond_1 = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_2, return_dict=False)[0]
            uncond_2 = stage_1.unet(flipped, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
            noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
            noise = noise_1 + noise_2.flip(-2)
            variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            x_0 = x_0.clamp(-1, 1)
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image
