@torch.inference_mode()
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    count, x = len(views), im_noisy
    embeds = torch.cat([*prompt_embeds, *[uncond_prompt_embeds] * count])
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        seen = torch.cat([view(x) for view, _ in views])
        cond, uncond = stage_1.unet(seen.repeat(2, 1, 1, 1), t, encoder_hidden_states=embeds).sample.chunk(2)
        eps, v = uncond[:, :3] + scale * (cond - uncond)[:, :3], cond[:, 3:]
        eps = torch.cat([back(one) for (_, back), one in zip(views, eps.split(1))]).mean(0, keepdim=True)
        sizes = [back(one) * back(torch.ones_like(one)) for (_, back), one in zip(views, v.split(1))]
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance(torch.cat(sizes).mean(0, keepdim=True), t, mean)
    return x
