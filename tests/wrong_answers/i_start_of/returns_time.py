def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return timesteps[N - int(N * strength)]
