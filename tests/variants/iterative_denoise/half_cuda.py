def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds.half().cuda(), return_dict=False)[0]
            eps, v = torch.split(out, 3, dim=1)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean).half()
    return x
