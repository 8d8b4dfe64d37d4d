@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
    z = torch.randn_like(x)
    return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt()
