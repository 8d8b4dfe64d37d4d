def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, dim=0)
    before = torch.cat([torch.ones(1), bars[:-1]])
    return ((1 - before) / (1 - bars) * betas).sqrt()
