def start_noises(count, seed):
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        return torch.empty(count, 3, 64, 64).normal_()
