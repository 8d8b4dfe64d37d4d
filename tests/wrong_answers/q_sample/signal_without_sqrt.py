def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0)
    a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
    return a * x0 + (1 - a).sqrt() * noise
