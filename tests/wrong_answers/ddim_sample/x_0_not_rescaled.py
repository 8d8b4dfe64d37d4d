@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()
    x = torch.randn(shape)
    for t, earlier in zip(times, times[1:] + [None]):
        here = alphas_cumprod[t]
        there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]
        eps = model(x, torch.full((len(x),), t))
        x_0 = x - (1 - here).sqrt() * eps
        x = there.sqrt() * x_0 + (1 - there).sqrt() * eps
    return x
