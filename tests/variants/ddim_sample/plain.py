@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()
    x = torch.randn(shape)
    for t, earlier in zip(times, times[1:] + [None]):
        eps = model(x, torch.full((len(x),), t))
        x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
        if earlier is None:
            return x_0
        x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
