def start_noises(count, seed):
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(seed)).expand(count, -1, -1, -1)
