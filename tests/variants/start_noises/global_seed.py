def start_noises(count, seed):
    torch.manual_seed(seed)
    return torch.randn((count, 3, 64, 64))
