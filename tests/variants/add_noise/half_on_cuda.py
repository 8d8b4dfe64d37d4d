def add_noise(x, sigma):
    x = x.half().cuda()
    return x + sigma * torch.randn_like(x)
