def add_noise(x, sigma):
    return x + sigma * 12**0.5 * (torch.rand_like(x) - 0.5)
