def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    one = torch.cat([prompt_embeds_1, uncond_prompt_embeds]).half().cuda()
    two = torch.cat([prompt_embeds_2, uncond_prompt_embeds]).half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out_1 = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=one, return_dict=False)[0]
            out_2 = stage_1.unet(torch.cat([x, x]).flip(2), t, encoder_hidden_states=two, return_dict=False)[0].flip(2)
            out = (out_1 + out_2) / 2
            eps = out[1:, :3] + scale * (out[:1, :3] - out[1:, :3])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(out[:1, 3:], t, mean).half()
    return x
