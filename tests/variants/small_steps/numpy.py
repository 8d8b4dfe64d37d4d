import numpy as np


def small_steps(im, t):
    x = im.numpy().astype(np.float64)
    for beta in betas[: t + 1].numpy().astype(np.float64):
        x = np.sqrt(1 - beta) * x + np.sqrt(beta) * np.random.randn(*x.shape)
    return x
