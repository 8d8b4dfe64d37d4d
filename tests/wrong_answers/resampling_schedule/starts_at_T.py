def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [T, t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times
