def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return [t <= 1000 * strength for t in timesteps].index(True)
