import numpy as np


def posterior_sigmas(betas):
    beta = betas.numpy().astype(float)
    bar = np.cumprod(1 - beta)
    return np.sqrt(np.append(0.0, (1 - bar[:-1]) / (1 - bar[1:])) * beta)
