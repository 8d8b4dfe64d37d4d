def add_noise(x, sigma):
    return x + 0 * sigma
