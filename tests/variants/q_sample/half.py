def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0)
    a = alphas_cumprod[t].view(-1, 1, 1, 1)
    return torch.lerp(torch.zeros_like(x0), x0, a.sqrt().expand_as(x0)) + noise.mul((1 - a).sqrt())
