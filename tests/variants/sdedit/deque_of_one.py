from collections import deque


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    eps = torch.randn_like(im)
    noisy = forward(im, timesteps[i_start], alphas_cumprod, eps)
    loop = iterative_denoise_cfg(noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    return deque(loop, maxlen=1).pop()
