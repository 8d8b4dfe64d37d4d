def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        sides = []
        for embeds, turned in ((prompt_embeds_1, False), (prompt_embeds_2, True)):
            seen = picture.flip(-2) if turned else picture
            cond, uncond = (
                stage_1.unet(seen, t, encoder_hidden_states=e, return_dict=False)[0]
                for e in (embeds, uncond_prompt_embeds)
            )
            cond[:, :3] = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sides.append(cond.flip(-2) if turned else cond)
        picture = stage_1.scheduler.step(sum(sides) / 2, t, picture, return_dict=False)[0]
    return picture
