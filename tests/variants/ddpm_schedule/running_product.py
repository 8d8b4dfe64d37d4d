def ddpm_schedule(beta1, beta2, num_ts):
    betas = [beta1 + (beta2 - beta1) * s / (num_ts - 1) for s in range(num_ts)]
    bars, product = [], 1.0
    for beta in betas:
        product *= 1 - beta
        bars.append(product)
    betas = torch.tensor(betas)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": torch.tensor(bars)}
