def guide(noise_cond, noise_uncond, scale):
    w = scale - 1
    return (1 + w) * noise_cond - w * noise_uncond
