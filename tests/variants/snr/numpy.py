import numpy as np


def snr(t):
    a = np.sqrt(alphas_cumprod.numpy()[t])
    return np.square(a) / (1 - np.square(a))
