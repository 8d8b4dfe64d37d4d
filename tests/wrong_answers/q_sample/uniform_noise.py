def q_sample(x0, t, noise=None):
    if noise is None:
        noise = (torch.rand_like(x0) - 0.5) * 12**0.5
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise
