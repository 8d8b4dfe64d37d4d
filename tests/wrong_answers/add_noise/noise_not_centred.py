def add_noise(x, sigma):
    return x + sigma * torch.rand_like(x)
