def q_sample(x0, t, noise=None):
    times = [int(t)] * len(x0) if isinstance(t, int) or t.ndim == 0 else t.tolist()
    noisy = []
    for place, time in enumerate(times):
        eps = torch.randn_like(x0[place]) if noise is None else noise[place]
        noisy.append(alphas_cumprod[time].sqrt() * x0[place] + (1 - alphas_cumprod[time]).sqrt() * eps)
    return torch.stack(noisy)
