def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    x = im_noisy
    for t in timesteps[i_start:-1]:
        total = 0
        for embeds, (view, inverse_view) in zip(prompt_embeds, views):
            cond = stage_1.unet(view(x), t, encoder_hidden_states=embeds, return_dict=False)[0]
            uncond = stage_1.unet(view(x), t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sign = inverse_view(torch.ones_like(noise))
            total = total + torch.cat([inverse_view(noise), sign * inverse_view(cond[:, 3:])], dim=1)
        x = stage_1.scheduler.step(total / len(views), t, x, return_dict=False)[0]
    return x
