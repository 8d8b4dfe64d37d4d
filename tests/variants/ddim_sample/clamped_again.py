@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()
    x = torch.randn(shape)
    for t, earlier in zip(times, times[1:] + [-1]):
        a = alphas_cumprod[t]
        b = alphas_cumprod[earlier] if earlier >= 0 else torch.tensor(1.0)
        eps = model(x, torch.full((len(x),), t))
        x_0 = torch.clip((x - (1 - a).sqrt() * eps) / a.sqrt(), -1, 1)
        eps = (x - a.sqrt() * x_0) / (1 - a).sqrt()
        x = b.sqrt() * x_0 + (1 - b).sqrt() * eps
    return x
