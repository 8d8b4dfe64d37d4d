@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x = torch.randn(*shape)
    times = [round(i * (TIMESTEPS - 1) / (steps - 1)) for i in range(steps)][::-1]
    bars = [float(alphas_cumprod[t]) for t in times] + [1.0]
    for i, t in enumerate(times):
        eps = model(x, torch.full((shape[0],), t, dtype=torch.long))
        x_0 = (x - (1 - bars[i]) ** 0.5 * eps) / bars[i] ** 0.5
        x = bars[i + 1] ** 0.5 * x_0 + (1 - bars[i + 1]) ** 0.5 * eps
    return x
