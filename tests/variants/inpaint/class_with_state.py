class Painter:
    def __init__(self, original, mask, cond, uncond, scale):
        self.original, self.new = original, mask.bool().expand_as(original)
        self.embeds, self.scale = {"cond": cond, "uncond": uncond}, scale
        self.picture = torch.randn_like(original)

    def ask(self, which, t):
        return stage_1.unet(self.picture, t, encoder_hidden_states=self.embeds[which], return_dict=False)[0]

    def noised(self, t):
        return alphas_cumprod[t] ** 0.5 * self.original + (1 - alphas_cumprod[t]) ** 0.5 * torch.randn_like(
            self.original
        )

    @torch.inference_mode()
    def step(self, now, following):
        uncond, cond = self.ask("uncond", now), self.ask("cond", now)
        noise = uncond[:, :3] + self.scale * (cond[:, :3] - uncond[:, :3])
        clean = (self.picture - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        drawn = add_variance(cond[:, 3:], now, first * clean + second * self.picture)
        self.picture = torch.where(self.new, drawn, self.noised(following))


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    painter, i = Painter(original_image, mask, prompt_embeds, uncond_prompt_embeds, scale), 0
    while i < len(timesteps) - 1:
        painter.step(timesteps[i], timesteps[i + 1])
        i += 1
    return painter.picture
