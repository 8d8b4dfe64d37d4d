def low_pass(x):
    return gaussian_blur(x, 33, 2)
