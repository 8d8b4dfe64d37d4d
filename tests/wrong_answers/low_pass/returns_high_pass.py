def low_pass(x):
    size = x.shape[-1]
    return x - gaussian_blur(x, 2 * (size // 4) + 1, 2 * size / 64)
