def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    scheduler = stage_1.scheduler
    scheduler.set_timesteps(timesteps=timesteps)
    x = scheduler.add_noise(im, torch.randn_like(im), torch.tensor([timesteps[i_start]]))
    embeds = torch.cat([prompt_embeds, uncond_prompt_embeds])
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
        (noise, variance), (noise_uncond, _) = (half.chunk(2, dim=1) for half in answer.chunk(2))
        guided = noise_uncond + scale * (noise - noise_uncond)
        x = scheduler.step(torch.cat([guided, variance], dim=1), t, x, return_dict=False)[0]
    return x
