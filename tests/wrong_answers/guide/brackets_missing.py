def guide(noise_cond, noise_uncond, scale):
    return scale * noise_cond - noise_uncond + noise_uncond
