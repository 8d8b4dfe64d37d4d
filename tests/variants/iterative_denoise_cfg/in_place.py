def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.clone()
    shown = []
    with torch.no_grad():
        for i, t in enumerate(timesteps[:-1]):
            if i < i_start:
                continue
            a, b = alphas_cumprod[t].item(), alphas_cumprod[timesteps[i + 1]].item()
            out = {}
            for name, embeds in {"without": uncond_prompt_embeds, "with": prompt_embeds}.items():
                out[name] = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0]
            noise = out["with"][:, :3].sub(out["without"][:, :3]).mul_(scale).add_(out["without"][:, :3])
            x_0 = x.sub(noise.mul_((1 - a) ** 0.5)).div_(a**0.5)
            x.mul_((a / b) ** 0.5 * (1 - b) / (1 - a)).add_(x_0, alpha=b**0.5 * (1 - a / b) / (1 - a))
            x.copy_(add_variance(out["with"][:, 3:], t, x))
            if display:
                shown.append(x.clone())
    return x
