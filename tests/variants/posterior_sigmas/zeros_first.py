def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, 0)
    sigmas = torch.zeros_like(betas)
    sigmas[1:] = torch.sqrt((1 - bars[:-1]) / (1 - bars[1:]) * betas[1:])
    return sigmas
