def low_pass(x):
    size = x.shape[-1]
    return gaussian_blur(x, [1, 2 * (size // 4) + 1], [1.0, 2 * size / 64])
