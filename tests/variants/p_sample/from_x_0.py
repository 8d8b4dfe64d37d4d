@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.tensor([t] * len(x)))
    bar = alphas_cumprod[t]
    before = alphas_cumprod[t - 1] if t > 0 else torch.tensor(1.0)
    x_0 = (x - (1 - bar).sqrt() * eps) / bar.sqrt()
    mean = before.sqrt() * betas[t] / (1 - bar) * x_0 + alphas[t].sqrt() * (1 - before) / (1 - bar) * x
    z = torch.randn_like(x) if t > 0 else 0
    return mean + sigmas[t] * z
