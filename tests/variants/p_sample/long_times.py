@torch.no_grad()
def p_sample(model, x, t):
    times = t * torch.ones(len(x)).long()
    predicted = model(x, times)
    share = betas[t] / torch.sqrt(1.0 - alphas_cumprod[t])
    return torch.sqrt(1.0 / alphas[t]) * (x - share * predicted) + torch.normal(torch.zeros_like(x), 1.0) * sigmas[t]
