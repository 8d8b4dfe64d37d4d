def add_noise(x, sigma):
    return x + torch.randn_like(x)
