def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    embeds = torch.cat([prompt_embeds, uncond_prompt_embeds]).half().to("cuda")
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(x.repeat(2, 1, 1, 1), t, encoder_hidden_states=embeds, return_dict=False)[0]
            noise_est, v = out.split(3, dim=1)
            eps = noise_est[1:] + scale * (noise_est[:1] - noise_est[1:])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v[:1], t, mean).half()
    return x.cpu()
