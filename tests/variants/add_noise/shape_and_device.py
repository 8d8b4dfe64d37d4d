def add_noise(x, sigma):
    eps = torch.randn(x.shape, device=x.device, dtype=x.dtype)
    return torch.add(x, eps, alpha=sigma)
