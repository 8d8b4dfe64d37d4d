def start_noises(count, seed):
    return torch.stack([torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(1000 * seed + n)) for n in range(count)])
