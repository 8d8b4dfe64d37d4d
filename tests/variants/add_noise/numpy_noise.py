import numpy as np


def add_noise(x, sigma):
    eps = np.random.standard_normal(tuple(x.shape))
    return x + sigma * torch.as_tensor(eps, dtype=x.dtype)
