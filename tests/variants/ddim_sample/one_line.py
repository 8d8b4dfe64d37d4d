@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x, times = torch.randn(shape), torch.linspace(TIMESTEPS - 1, 0, steps).round().long()
    bars = torch.cat([alphas_cumprod[times], torch.ones(1)])
    for t, a, b in zip(times, bars[:-1], bars[1:]):
        eps = model(x, t.expand(len(x)))
        x = (b / a).sqrt() * x + ((1 - b).sqrt() - (b * (1 - a) / a).sqrt()) * eps
    return x
