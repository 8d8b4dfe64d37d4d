def guide(noise_cond, noise_uncond, scale):
    return noise_uncond + (scale - 1) * (noise_cond - noise_uncond)
