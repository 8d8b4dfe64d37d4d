@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
    return mean + sigmas[t] * torch.randn_like(x)
