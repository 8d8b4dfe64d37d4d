def p_sample(model, x, t):
    with torch.no_grad():
        eps = model(x, torch.full((x.shape[0],), t, dtype=torch.long, device=x.device))
    mean = alphas[t] ** -0.5 * (x - (1 - alphas[t]) * (1 - alphas_cumprod[t]) ** -0.5 * eps)
    if t == 0:
        return mean
    return mean + sigmas[t] * torch.randn(x.shape)
