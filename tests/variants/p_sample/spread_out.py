@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    noise = torch.randn_like(x)
    return x / alphas[t].sqrt() - betas[t] / ((1 - alphas_cumprod[t]) * alphas[t]).sqrt() * eps + sigmas[t] * noise
