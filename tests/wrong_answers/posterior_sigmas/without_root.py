def posterior_sigmas(betas):
    alphas = 1 - betas
    bars = torch.cumprod(alphas, dim=0)
    before = torch.cat([torch.ones(1), bars[:-1]])
    return (1 - before) / (1 - bars) * betas
