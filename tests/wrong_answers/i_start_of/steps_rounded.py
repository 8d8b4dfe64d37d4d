def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N - round(N * strength)
