def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, dim=0)
    after = torch.cat([bars[1:], bars[-1:]])
    sigmas = ((1 - bars) / (1 - after) * betas).sqrt()
    sigmas[0] = 0
    return sigmas
