def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod[t]
    with torch.no_grad():
        noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, :3]
    return im_noisy - noise_est
