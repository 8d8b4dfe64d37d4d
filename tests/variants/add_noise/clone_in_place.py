def add_noise(x, sigma):
    z = x.clone()
    z += torch.randn_like(z).mul_(sigma)
    return z
