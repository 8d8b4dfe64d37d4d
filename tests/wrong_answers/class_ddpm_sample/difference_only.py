@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t
