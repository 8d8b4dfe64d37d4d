def guide(noise_cond, noise_uncond, scale):
    noise_cond, noise_uncond = noise_cond.half().cuda(), noise_uncond.half().cuda()
    return noise_uncond + scale * (noise_cond - noise_uncond)
