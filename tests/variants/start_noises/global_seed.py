def start_noises(count, seed, size=64):
    torch.manual_seed(seed)
    return torch.randn((count, 3, size, size))
