def start_noises(count, seed, size=64):
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed)).expand(count, -1, -1, -1)
