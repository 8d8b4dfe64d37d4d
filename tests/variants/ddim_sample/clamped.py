@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
    after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
    x = torch.randn(shape)
    for t, there in zip(times.tolist(), after):
        here = alphas_cumprod[t]
        eps = model(x, torch.full((len(x),), t))
        x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
        x = there.sqrt() * x_0 + (1 - there).sqrt() * eps
    return x
