def i_start_of(strength, timesteps):
    steps = len(timesteps) - 1
    return steps - int(steps * strength)
