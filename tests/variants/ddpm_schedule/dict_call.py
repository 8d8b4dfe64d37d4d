def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, steps=num_ts, dtype=torch.float64)
    alphas = 1.0 - betas
    return dict(betas=betas, alphas=alphas, alpha_bars=alphas.cumprod(0))
