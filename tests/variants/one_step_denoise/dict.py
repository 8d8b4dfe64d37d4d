def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod[t]
    with torch.no_grad():
        noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds).sample[:, :3]
    return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
