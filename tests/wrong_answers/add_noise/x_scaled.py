def add_noise(x, sigma):
    return (1 - sigma) * x + sigma * torch.randn_like(x)
