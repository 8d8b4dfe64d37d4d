@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x = torch.randn(shape)
    times = list(range(TIMESTEPS - 1, -1, -(TIMESTEPS // steps)))[:steps]
    for place, t in enumerate(times):
        eps = model(x, torch.tensor([t] * len(x)))
        x = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
        if place + 1 < len(times):
            bar = alphas_cumprod[times[place + 1]]
            x = bar.sqrt() * x + (1 - bar).sqrt() * eps
    return x
