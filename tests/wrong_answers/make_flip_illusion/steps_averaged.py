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
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            pictures = []
            for x, noise, cond in ((image, noise_1, cond_1), (flipped, noise_2, cond_2)):
                x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
                mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
                pictures.append(add_variance(cond[:, 3:], t, mean))
            image = (pictures[0] + pictures[1].flip(-2)) / 2
    return image
