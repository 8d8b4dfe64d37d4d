def start_noises(count, seed, size=64):
    return torch.stack([torch.randn(3, size, size, generator=torch.Generator().manual_seed(1000 * seed + n)) for n in range(count)])
