def start_noises(count, seed, size=64):
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        return torch.empty(count, 3, size, size).normal_()
