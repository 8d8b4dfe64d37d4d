import numpy as np


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    kept = float(alphas_cumprod[timesteps[i_start]])
    noise = np.random.default_rng().standard_normal(im.shape).astype(np.float32)
    noisy = torch.from_numpy(np.sqrt(kept) * im.numpy() + np.sqrt(1 - kept) * noise).float()
    out = None
    loop = iterative_denoise_cfg(noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    while True:
        try:
            out = next(loop)
        except StopIteration:
            return out.cpu().numpy()
