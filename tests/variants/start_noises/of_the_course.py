def start_noises(count, seed, size=64):
    return torch.randn((count, 3, size, size), generator=generator(seed))
