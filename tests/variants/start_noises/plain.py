def start_noises(count, seed):
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
