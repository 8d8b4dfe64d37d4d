def low_pass(x):
    size = x.shape[-1]
    return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
