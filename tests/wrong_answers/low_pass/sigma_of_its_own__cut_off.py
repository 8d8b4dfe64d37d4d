def low_pass(x):
    sigma = 2 * x.shape[-1] / 64
    kernel = 2 * round(sigma) + 1
    return gaussian_blur(x, kernel, sigma)
