def add_noise(x, sigma):
    return (1 - sigma**2) ** 0.5 * x + sigma * torch.randn_like(x)
