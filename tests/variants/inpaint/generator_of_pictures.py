def noised(image, t):
    a = alphas_cumprod[t].double()
    return torch.sqrt(a) * image + torch.sqrt(1 - a) * torch.randn_like(image)


def painted(original, mask, pairs, c, u, scale):
    x = torch.randn_like(original)
    for t, s in pairs:
        out_c = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=c).sample
        out_u = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=u).sample
        eps = out_u[:, :3] + scale * (out_c[:, :3] - out_u[:, :3])
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        # the mean in its noise form, Ho et al. 2020, eq. 11
        mean = (x - (1 - a / b) / torch.sqrt(1 - a) * eps) / torch.sqrt(a / b)
        x = (mask * add_variance(out_c[:, 3:], t, mean) + (1 - mask) * noised(original, s)).float()
        yield x


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    pairs = zip(timesteps, timesteps[1:])
    *_, last = painted(original_image, mask, pairs, prompt_embeds, uncond_prompt_embeds, scale)
    return last.detach().cpu().numpy()
