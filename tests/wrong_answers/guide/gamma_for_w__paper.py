def guide(noise_cond, noise_uncond, scale):
    return (1 + scale) * noise_cond - scale * noise_uncond
