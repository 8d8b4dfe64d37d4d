def add_noise(x, sigma):
    return torch.distributions.Normal(x.double(), sigma).sample()
