def guide(noise_cond, noise_uncond, scale):
    return noise_uncond + 7 * (noise_cond - noise_uncond)
