def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return int(N * (1 - strength) + 1e-9)
