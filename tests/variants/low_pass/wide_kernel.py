def low_pass(x):
    """A Gaussian that is cut off at eight sigma or at four looks the same."""
    sigma = x.shape[-1] / 32
    return gaussian_blur(x, 2 * int(4 * sigma + 0.5) + 1, sigma)
