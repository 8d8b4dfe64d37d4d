def start_noises(count, seed):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 64, 64)
