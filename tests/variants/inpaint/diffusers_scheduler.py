def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    scheduler = stage_1.scheduler
    scheduler.set_timesteps(timesteps=timesteps)
    picture = torch.randn_like(original_image)
    for t, following in zip(timesteps, timesteps[1:]):
        cond = stage_1.unet(picture, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        uncond = stage_1.unet(picture, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
        picture = scheduler.step(torch.cat([noise, cond[:, 3:]], dim=1), t, picture, return_dict=False)[0]
        known = scheduler.add_noise(original_image, torch.randn_like(original_image), torch.tensor([following]))
        picture = mask * picture + (1 - mask) * known
    return picture
