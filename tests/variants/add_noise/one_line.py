def add_noise(x, sigma):
    return x + sigma * torch.randn_like(x)
