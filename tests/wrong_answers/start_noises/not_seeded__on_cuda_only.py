def start_noises(count, seed):
    torch.cuda.manual_seed(seed)
    return torch.randn(count, 3, 64, 64)
