import numpy as np


def low_pass(x):
    sigma = x.shape[-1] / 32
    half = x.shape[-1] // 4
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    weights /= weights.sum()
    blurred = np.pad(x.numpy().astype(np.float64), [(0, 0), (0, 0), (half, half), (half, half)], mode="reflect")
    for axis in (2, 3):
        blurred = np.apply_along_axis(np.convolve, axis, blurred, weights, mode="valid")
    return blurred
