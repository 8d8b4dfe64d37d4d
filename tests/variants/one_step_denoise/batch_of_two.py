def one_step_denoise(im_noisy, t, prompt_embeds):
    pair = torch.cat([im_noisy, im_noisy])
    embeds = torch.cat([prompt_embeds, prompt_embeds])
    eps = stage_1.unet(pair, t, encoder_hidden_states=embeds, return_dict=False)[0][:1, :3]
    x_0 = (im_noisy - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
    return x_0.clamp(-1, 1)
