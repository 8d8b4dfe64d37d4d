def add_noise(x, sigma):
    return sigma * torch.randn_like(x)
