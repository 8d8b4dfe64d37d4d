def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, num_ts)
    schedule = nn.ParameterDict({"betas": betas})
    schedule["alphas"] = 1 - betas
    schedule["alpha_bars"] = (1 - betas).cumprod(0)
    return schedule
