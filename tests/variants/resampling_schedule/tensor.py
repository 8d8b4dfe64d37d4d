def resampling_schedule(T, jump_length, n_resample):
    steps = []
    for t in range(T - 1, -1, -1):
        if t % jump_length == 0 and t < T - jump_length:
            steps += ([1] * jump_length + [-1] * jump_length) * (n_resample - 1)
        steps += [-1]
    return torch.cumsum(torch.tensor([T - 1, *steps]), dim=0)
