def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0)
    a = alphas_cumprod[torch.as_tensor(t).reshape(-1)[0]]
    return a.sqrt() * x0 + (1 - a).sqrt() * noise
