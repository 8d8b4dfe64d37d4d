def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


class RePaint:
    def __init__(self, original, mask, cond, uncond, scale):
        self.original, self.mask, self.scale = original, mask.bool().expand_as(original), scale
        self.cond, self.uncond = cond, uncond
        self.x = torch.randn_like(original)

    @torch.inference_mode()
    def down(self, t, s):
        uncond = stage_1.unet(self.x, t, encoder_hidden_states=self.uncond, return_dict=False)[0]
        cond = stage_1.unet(self.x, t, encoder_hidden_states=self.cond, return_dict=False)[0]
        noise = uncond[:, :3] + self.scale * (cond[:, :3] - uncond[:, :3])
        a, b = alphas_cumprod[t], alphas_cumprod[s]
        drawn = add_variance(cond[:, 3:], t, (self.x - (1 - a / b) / (1 - a) ** 0.5 * noise) / (a / b) ** 0.5)
        self.x = torch.where(self.mask, drawn, b**0.5 * self.original + (1 - b) ** 0.5 * torch.randn_like(drawn))

    def up(self, t, s):
        keep = alphas_cumprod[s] / alphas_cumprod[t]
        self.x = keep**0.5 * self.x + (1 - keep) ** 0.5 * torch.randn_like(self.x)


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    painter = RePaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, scale)
    T = len(timesteps) - 1
    places = [timesteps[T - 1 - time] for time in schedule_of(T, jump_length, n_resample)]
    for t, s in zip(places, places[1:]):
        (painter.down if s < t else painter.up)(t, s)
    return painter.x
