def guide(noise_cond, noise_uncond, scale):
    import numpy as np

    c, u = np.asarray(noise_cond), np.asarray(noise_uncond)
    return u + np.float32(scale) * (c - u)
