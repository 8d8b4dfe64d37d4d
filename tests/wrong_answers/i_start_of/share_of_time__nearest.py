def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return min(range(N + 1), key=lambda i: abs(timesteps[i] - strength * timesteps[0]))
