def low_pass(x):
    factor = x.shape[-2] / 64
    kernel = int(33 * factor)
    kernel += 1 - kernel % 2
    return gaussian_blur(x, [kernel, kernel], [2 * factor, 2 * factor])
