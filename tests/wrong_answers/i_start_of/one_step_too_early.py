def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N - int(N * strength) - 1
