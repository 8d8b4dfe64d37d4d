import numpy as np


def forward(im, t):
    abar = float(alphas_cumprod[int(t)])
    noise = np.random.default_rng().standard_normal(tuple(im.shape))
    return np.sqrt(abar) * im.cpu().numpy() + np.sqrt(1 - abar) * noise
