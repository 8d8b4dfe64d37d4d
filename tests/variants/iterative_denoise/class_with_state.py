class Loop:
    def __init__(self, embeds):
        self.embeds = embeds

    @torch.inference_mode()
    def step(self, x, now, following):
        noise, variance = stage_1.unet(x, now, encoder_hidden_states=self.embeds, return_dict=False)[0].chunk(2, 1)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(variance, now, first * clean + second * x)


def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    loop, x, i = Loop(prompt_embeds), im_noisy, i_start
    while i < len(timesteps) - 1:
        x = loop.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x
