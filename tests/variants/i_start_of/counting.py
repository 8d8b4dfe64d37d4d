def i_start_of(strength, timesteps):
    i, N = len(timesteps) - 1, len(timesteps) - 1
    while i > 0 and N - i + 1 <= strength * N:
        i -= 1
    return i
