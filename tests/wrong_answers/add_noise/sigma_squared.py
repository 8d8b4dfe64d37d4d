def add_noise(x, sigma):
    return x + sigma**2 * torch.randn_like(x)
