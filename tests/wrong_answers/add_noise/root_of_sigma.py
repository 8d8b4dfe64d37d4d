def add_noise(x, sigma):
    return x + sigma**0.5 * torch.randn_like(x)
