def i_start_of(strength, timesteps):
    steps = list(zip(timesteps, timesteps[1:]))
    taken = steps[len(steps) - int(strength * len(steps)) :]
    return len(steps) - len(taken)
