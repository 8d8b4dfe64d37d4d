def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, dim=0)
    return ((1 - bars[:-1]) / (1 - bars[1:]) * betas[1:]).sqrt()
