def add_noise(x, sigma):
    return x + torch.empty_like(x).normal_(0, sigma)
