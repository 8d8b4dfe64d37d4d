class Guide:
    """Guides the clean picture in place of the noise: the step is linear in both."""

    def __init__(self, cond, uncond, scale):
        self.cond, self.uncond, self.scale = cond, uncond, scale

    def clean(self, x, t, embeds):
        noise, variance = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2, dim=1)
        return (x - (1 - alphas_cumprod[t]) ** 0.5 * noise) / alphas_cumprod[t] ** 0.5, variance

    def __call__(self, x, t):
        without, _ = self.clean(x, t, self.uncond)
        with_prompt, variance = self.clean(x, t, self.cond)
        return torch.lerp(without, with_prompt, float(self.scale)), variance


@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    guide, x, i = Guide(prompt_embeds, uncond_prompt_embeds, scale), im_noisy, i_start
    while i < len(timesteps) - 1:
        now, following = timesteps[i], timesteps[i + 1]
        x_0, variance = guide(x, now)
        kept = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - kept) / (1 - alphas_cumprod[now])
        second = kept**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        x = add_variance(variance, now, first * x_0 + second * x)
        i += 1
    return x
