def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N * (1 - strength)
