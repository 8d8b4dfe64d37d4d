class View:
    def __init__(self, embeds, nothing, turn):
        self.embeds, self.turn = torch.cat([nothing, embeds]), turn

    def look(self, x, t, scale):
        x = self.turn(x)
        answer = stage_1.unet(x.repeat(2, 1, 1, 1), t, encoder_hidden_states=self.embeds, return_dict=False)[0]
        uncond, cond = self.turn(answer).chunk(2)
        return (1 - scale) * uncond[:, :3] + scale * cond[:, :3], cond[:, 3:]


class Anagram:
    def __init__(self, views, scale):
        self.views, self.scale = views, scale

    @torch.no_grad()
    def step(self, x, now, following):
        (noise_1, v_1), (noise_2, v_2) = [view.look(x, now, self.scale) for view in self.views]
        noise, v = 0.5 * (noise_1 + noise_2), 0.5 * (v_1 + v_2)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(v, now, first * clean + second * x)


def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    upright = View(prompt_embeds_1, uncond_prompt_embeds, lambda x: x)
    turned = View(prompt_embeds_2, uncond_prompt_embeds, lambda x: torch.flip(x, (-2,)))
    anagram, x, i = Anagram([upright, turned], scale), im_noisy, i_start
    while i < len(timesteps) - 1:
        x = anagram.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x
