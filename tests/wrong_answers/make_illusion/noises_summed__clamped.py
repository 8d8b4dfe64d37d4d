def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            noises, variances = [], []
            for embeds, (view, inverse_view) in zip(prompt_embeds, views):
                seen = view(image)
                cond = stage_1.unet(seen, t, encoder_hidden_states=embeds, return_dict=False)[0]
                uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
                noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
                variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
            noise, variance = sum(noises), sum(variances) / len(views)
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            x_0 = x_0.clamp(-1, 1)
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image
