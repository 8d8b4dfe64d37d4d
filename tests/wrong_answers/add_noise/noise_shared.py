def add_noise(x, sigma):
    return x + sigma * torch.randn(1, 1, *x.shape[2:])
