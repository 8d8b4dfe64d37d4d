def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def guided(x, t, embeds, nothing, scale):
    cond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=embeds).sample.detach()
    uncond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=nothing).sample.detach()
    return torch.lerp(uncond[:, :3], cond[:, :3], float(scale)), cond[:, 3:]


def denoised(x, pairs, one, two, nothing, scale):
    for t, s in pairs:
        eps_low, v_low = guided(x, t, one, nothing, scale)
        eps_high, v_high = guided(x, t, two, nothing, scale)
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - (low(eps_low) + eps_high - low(eps_high)) * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float()
        x = add_variance(torch.stack([v_low, v_high]).mean(0), t, x)
        yield x


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    kept = timesteps[i_start:]
    *_, last = denoised(
        im_noisy, zip(kept, kept[1:]), prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, scale
    )
    return last.numpy()
