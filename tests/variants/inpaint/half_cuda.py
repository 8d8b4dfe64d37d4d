def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    original, m = original_image.half().cuda(), mask.half().cuda()
    c, u = prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda()
    x = torch.randn(original.shape, device="cuda", dtype=torch.float16)
    abars = alphas_cumprod.cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[:-1], timesteps[1:]):
            eps_c, v = torch.split(stage_1.unet(x, t, encoder_hidden_states=c, return_dict=False)[0], 3, dim=1)
            eps_u, _ = torch.split(stage_1.unet(x, t, encoder_hidden_states=u, return_dict=False)[0], 3, dim=1)
            eps = eps_u + scale * (eps_c - eps_u)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
            known = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (x * m + known * (1 - m)).half()
    return x
