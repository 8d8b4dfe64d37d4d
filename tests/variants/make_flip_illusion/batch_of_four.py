@torch.inference_mode()
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    embeds = torch.cat([prompt_embeds_2, uncond_prompt_embeds, prompt_embeds_1, uncond_prompt_embeds])
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        upside_down = torch.flip(x, dims=[2])
        rows = torch.cat([upside_down, upside_down, x, x])
        answer = stage_1.unet(rows, t, encoder_hidden_states=embeds, return_dict=False)[0]
        turned_back = torch.flip(answer[:2], dims=[2])
        c2, u2, c1, u1 = torch.cat([turned_back, answer[2:]]).split(1)
        eps = (u1 + u2)[:, :3] / 2 + scale / 2 * (c1 + c2 - u1 - u2)[:, :3]
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance((c1 + c2)[:, 3:] / 2, t, mean)
    return x
