def resampling_schedule(T, jump_length, n_resample):
    jumps = {}
    for j in range(0, T - jump_length, jump_length):
        jumps[j] = n_resample - 1
    t, times = T, []
    while t >= 1:
        t = t - 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] = jumps[t] - 1
            for _ in range(jump_length):
                t = t + 1
                times.append(t)
    times.append(-1)
    return times
