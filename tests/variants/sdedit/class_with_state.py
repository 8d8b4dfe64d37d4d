class Editor:
    def __init__(self, timesteps):
        self.timesteps = timesteps

    def noised(self, im, i_start):
        kept = alphas_cumprod[self.timesteps[i_start]].item()
        return kept**0.5 * im + (1 - kept) ** 0.5 * torch.normal(0.0, 1.0, size=im.shape)

    def __call__(self, im, i_start, cond, uncond, scale):
        self.picture = self.noised(im, i_start)
        for self.picture in iterative_denoise_cfg(self.picture, i_start, cond, uncond, self.timesteps, stage_1, scale):
            continue
        return self.picture


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    return Editor(timesteps)(im, i_start, prompt_embeds, uncond_prompt_embeds, scale)
