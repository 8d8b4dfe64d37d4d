def guide(noise_cond, noise_uncond, scale):
    return (noise_cond + noise_uncond) / 2
