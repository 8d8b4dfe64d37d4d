@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t
