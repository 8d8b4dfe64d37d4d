def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    nothing = uncond_prompt_embeds.half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            noises, variances = [], []
            for embeds, (view, inverse_view) in zip(prompt_embeds, views):
                pair = torch.cat([nothing, embeds.half().cuda()])
                out = stage_1.unet(torch.cat([view(x)] * 2), t, encoder_hidden_states=pair, return_dict=False)[0]
                uncond, cond = out.chunk(2)
                noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
                variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(x)))
            eps, v = torch.stack(noises).mean(0), torch.stack(variances).mean(0)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean).half()
    return x
