import numpy as np


def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return np.int64(N) - np.floor(N * strength).astype(int)
