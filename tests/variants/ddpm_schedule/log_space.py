def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, num_ts)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": torch.log1p(-betas.double()).cumsum(0).exp().float()}
