def answered(x, t, embeds, nothing, scale):
    cond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=embeds).sample
    uncond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=nothing).sample
    noise = torch.lerp(uncond[:, :3], cond[:, :3], scale)
    return torch.cat([noise, cond[:, 3:]], dim=1)


def denoised(x, pairs, one, two, nothing, scale):
    for t, s in pairs:
        upright = answered(x, t, one, nothing, scale)
        turned = answered(x[:, :, range(x.shape[2] - 1, -1, -1)], t, two, nothing, scale)
        both = torch.stack([upright, turned.flip(2)]).mean(0)
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - both[:, :3] * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(both[:, 3:], t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    kept = timesteps[i_start:]
    *_, last = denoised(
        im_noisy, zip(kept, kept[1:]), prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, float(scale)
    )
    return last.detach().cpu().numpy()
