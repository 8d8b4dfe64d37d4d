@torch.inference_mode()
def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    side = im_noisy.shape[-1]
    sigma = 2 * side / 64
    kernel = 2 * round(33 * side / 64 / 2) + 1
    embeds = torch.cat([prompt_embeds_high, uncond_prompt_embeds, prompt_embeds_low])
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        fine, none, coarse = stage_1.unet(x.repeat(3, 1, 1, 1), t, encoder_hidden_states=embeds).sample.split(1)
        guided = [none[:, :3] + scale * (cond - none)[:, :3] for cond in (coarse, fine)]
        # low(a) + b - low(b) = b + low(a - b)
        eps = guided[1] + gaussian_blur(guided[0] - guided[1], [kernel, kernel], [sigma, sigma])
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance((coarse + fine)[:, 3:] / 2, t, mean)
    return x
