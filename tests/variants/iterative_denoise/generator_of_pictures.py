def denoised(x, pairs, prompt_embeds):
    for t, s in pairs:
        out = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=prompt_embeds).sample
        eps, v = out[:, :3], out[:, 3:]
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(v, t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    kept = timesteps[i_start:]
    *_, last = denoised(im_noisy, zip(kept, kept[1:]), prompt_embeds)
    return last.detach().cpu().numpy()
