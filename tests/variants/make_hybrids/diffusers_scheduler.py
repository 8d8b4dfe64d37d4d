def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        sides = []
        for embeds in (prompt_embeds_low, prompt_embeds_high):
            cond, uncond = (
                stage_1.unet(picture, t, encoder_hidden_states=e, return_dict=False)[0]
                for e in (embeds, uncond_prompt_embeds)
            )
            cond[:, :3] = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sides.append(cond)
        noise = low(sides[0][:, :3]) + sides[1][:, :3] - low(sides[1][:, :3])
        answer = torch.cat([noise, (sides[0] + sides[1])[:, 3:] / 2], dim=1)
        picture = stage_1.scheduler.step(answer, t, picture, return_dict=False)[0]
    return picture
