def low_pass(x):
    size = x.shape[-1]
    return gaussian_blur(x, 3, 2 * size / 64)
