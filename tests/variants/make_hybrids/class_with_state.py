class Hybrid:
    def __init__(self, low, high, nothing, scale, side):
        self.embeds, self.scale = torch.cat([nothing, low, nothing, high]), scale
        half = side // 4
        reach = torch.arange(-half, half + 1)
        weights = torch.exp(-0.5 * (reach / (side / 32)) ** 2)
        self.weights = (weights / weights.sum()).reshape(1, 1, 1, -1).repeat(3, 1, 1, 1)
        self.half = half

    def blurred(self, x):
        x = torch.nn.functional.pad(x, [self.half] * 4, mode="reflect")
        x = torch.nn.functional.conv2d(x, self.weights.to(x), groups=3)
        return torch.nn.functional.conv2d(x, self.weights.to(x).transpose(2, 3), groups=3)

    @torch.no_grad()
    def step(self, x, now, following):
        rows = x.expand(4, -1, -1, -1)
        answers = stage_1.unet(rows, now, encoder_hidden_states=self.embeds, return_dict=False)[0]
        uncond, cond = answers[0::2], answers[1::2]
        low, high = (uncond + self.scale * (cond - uncond))[:, :3].split(1)
        noise = self.blurred(low) + high - self.blurred(high)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(cond[:, 3:].mean(0, keepdim=True), now, first * clean + second * x)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    hybrid = Hybrid(prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, scale, im_noisy.shape[-1])
    x, i = im_noisy, i_start
    while i < len(timesteps) - 1:
        x = hybrid.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x
