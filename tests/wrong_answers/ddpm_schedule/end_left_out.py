def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.arange(num_ts) / num_ts * (beta2 - beta1) + beta1
    alphas = 1 - betas
    return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
