def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return len(timesteps) - int(len(timesteps) * strength)
