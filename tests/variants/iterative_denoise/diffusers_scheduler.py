def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(picture, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        picture = stage_1.scheduler.step(answer, t, picture, return_dict=False)[0]
    return picture
