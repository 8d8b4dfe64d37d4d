def guide(noise_cond, noise_uncond, scale):
    return scale * noise_cond + (1 - scale) * noise_uncond
