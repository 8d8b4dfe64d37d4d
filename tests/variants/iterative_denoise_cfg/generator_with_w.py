def pictures(x, steps, cond, uncond, w):
    for t, s in steps:
        both = stage_1.unet(
            x.expand(2, -1, -1, -1), torch.tensor([t, t]), encoder_hidden_states=torch.cat([cond, uncond])
        ).sample
        eps = (1 + w) * both[:1, :3] - w * both[1:, :3]  # Ho and Salimans 2022, eq. 6
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        beta = 1 - a / b
        # Ho et al. 2020, eq. 11
        mean = (x - beta / torch.sqrt(1 - a) * eps) / torch.sqrt(1 - beta)
        x = add_variance(both[:1, 3:], t, mean.float())
        yield x


def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    kept = timesteps[i_start:]
    with torch.inference_mode():
        return list(pictures(im_noisy, zip(kept, kept[1:]), prompt_embeds, uncond_prompt_embeds, scale - 1))[-1]
