@torch.no_grad()
def p_sample(model, x, t):
    b = torch.linspace(1e-4, 0.02, 200).double()
    a, bar = 1 - b, (1 - b).cumprod(0)
    eps = model(x, torch.full((len(x),), t)).double()
    mean = (x.double() - b[t] / (1 - bar[t]).sqrt() * eps) / a[t].sqrt()
    variance = (1 - bar[t - 1]) / (1 - bar[t]) * b[t] if t else torch.zeros(())
    return (mean + variance.sqrt() * torch.randn_like(mean)).float()
