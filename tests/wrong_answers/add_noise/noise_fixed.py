def add_noise(x, sigma):
    torch.manual_seed(0)
    return x + sigma * torch.randn_like(x)
