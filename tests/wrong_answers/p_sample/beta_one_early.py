@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    a, bar, beta, sigma = (1 - betas[max(t - 1, 0)]), alphas_cumprod[t], betas[max(t - 1, 0)], sigmas[t]
    z = torch.randn_like(x)
    return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z
