def start_noises(count, seed, size=64):
    torch.cuda.manual_seed(seed)
    return torch.randn(count, 3, size, size)
