def guide(noise_cond, noise_uncond, scale):
    return torch.lerp(noise_uncond, noise_cond, float(scale))
