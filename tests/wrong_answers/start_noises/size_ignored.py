def start_noises(count, seed, size=64):
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
