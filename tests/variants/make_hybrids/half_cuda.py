def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    embeds = torch.cat([prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds]).half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(torch.cat([x] * 3), t, encoder_hidden_states=embeds, return_dict=False)[0]
            eps = out[2:, :3] + scale * (out[:2, :3] - out[2:, :3])
            eps = low(eps[:1]) + eps[1:] - low(eps[1:])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(out[:2, 3:].mean(0, keepdim=True), t, mean).half()
    return x
