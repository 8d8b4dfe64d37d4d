def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(torch.cat([picture] * 2), t, encoder_hidden_states=embeds, return_dict=False)[0]
        noise_pred_uncond, noise_pred_text = answer.chunk(2)
        noise_pred_uncond, _ = noise_pred_uncond.split(3, dim=1)
        noise_pred_text, predicted_variance = noise_pred_text.split(3, dim=1)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        noise_pred = torch.cat([noise_pred, predicted_variance], dim=1)
        picture = stage_1.scheduler.step(noise_pred, t, picture, return_dict=False)[0]
    return picture
