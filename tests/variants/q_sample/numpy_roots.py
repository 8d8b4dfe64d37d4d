import numpy as np


def q_sample(x0, t, noise=None):
    noise = noise if noise is not None else torch.randn_like(x0)
    bars = alphas_cumprod.numpy()[np.asarray(t)]
    shape = (-1, 1, 1, 1)
    a = torch.tensor(np.sqrt(bars)).reshape(shape)
    b = torch.tensor(np.sqrt(1 - bars)).reshape(shape)
    return (a * x0 + b * noise).float()
