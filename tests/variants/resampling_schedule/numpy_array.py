import numpy as np


def resampling_schedule(T, jump_length, n_resample):
    pieces = []
    for t in np.arange(T - 1, -2, -1):
        pieces.append(np.array([t]))
        if t >= 0 and t % jump_length == 0 and t < T - jump_length:
            up = np.arange(t + 1, t + jump_length + 1)
            down = np.arange(t + jump_length - 1, t - 1, -1)
            pieces.extend([up, down] * (n_resample - 1))
    return np.concatenate(pieces)
