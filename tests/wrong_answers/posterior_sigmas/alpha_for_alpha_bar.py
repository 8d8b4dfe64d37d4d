def posterior_sigmas(betas):
    alphas = 1 - betas
    bars = torch.cumprod(alphas, dim=0)
    before = torch.cat([torch.ones(1), bars[:-1]])
    return ((1 - torch.cat([torch.ones(1), alphas[:-1]])) / (1 - alphas) * betas).sqrt()
