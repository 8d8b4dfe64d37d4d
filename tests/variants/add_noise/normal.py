def add_noise(x, sigma):
    return torch.normal(x, torch.full_like(x, sigma))
