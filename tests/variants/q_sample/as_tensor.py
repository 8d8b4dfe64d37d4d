def q_sample(x0, t, noise=None):
    t = torch.as_tensor(t, device=x0.device)
    noise = torch.randn(x0.shape, device=x0.device) if noise is None else noise
    a = alphas_cumprod.to(x0.device)[t].view(-1, 1, 1, 1)
    return torch.sqrt(a) * x0 + torch.sqrt(1 - a) * noise
