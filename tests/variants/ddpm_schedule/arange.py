def ddpm_schedule(beta1, beta2, num_ts):
    betas = beta1 + (beta2 - beta1) * torch.arange(num_ts) / (num_ts - 1)
    alphas = torch.ones_like(betas) - betas
    return {"alpha_bars": alphas.cumprod(dim=0), "alphas": alphas, "betas": betas}
