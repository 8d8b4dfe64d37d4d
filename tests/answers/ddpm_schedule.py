# %% right="arange"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = beta1 + (beta2 - beta1) * torch.arange(num_ts) / (num_ts - 1)
    alphas = torch.ones_like(betas) - betas
    return {"alpha_bars": alphas.cumprod(dim=0), "alphas": alphas, "betas": betas}

# %% right="dict_call"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, steps=num_ts, dtype=torch.float64)
    alphas = 1.0 - betas
    return dict(betas=betas, alphas=alphas, alpha_bars=alphas.cumprod(0))

# %% right="linspace"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, num_ts)
    alphas = 1 - betas
    return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}

# %% right="log_space"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, num_ts)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": torch.log1p(-betas.double()).cumsum(0).exp().float()}

# %% right="module_dict"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = torch.linspace(beta1, beta2, num_ts)
    schedule = nn.ParameterDict({"betas": betas})
    schedule["alphas"] = 1 - betas
    schedule["alpha_bars"] = (1 - betas).cumprod(0)
    return schedule

# %% right="running_product"
def ddpm_schedule(beta1, beta2, num_ts):
    betas = [beta1 + (beta2 - beta1) * s / (num_ts - 1) for s in range(num_ts)]
    bars, product = [], 1.0
    for beta in betas:
        product *= 1 - beta
        bars.append(product)
    betas = torch.tensor(betas)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": torch.tensor(bars)}

# %% right="scheduler"
def ddpm_schedule(beta1, beta2, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(num_ts, beta_start=beta1, beta_end=beta2, beta_schedule="linear")
    return {"betas": scheduler.betas, "alphas": scheduler.alphas, "alpha_bars": scheduler.alphas_cumprod}

# %% wrong="alphas_are_betas" of="linspace"
# -     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
# +     return {"betas": betas, "alphas": betas, "alpha_bars": torch.cumprod(alphas, dim=0)}

# %% wrong="alphas_are_roots" of="linspace"
# -     alphas = 1 - betas
# +     alphas = (1 - betas).sqrt()

# %% wrong="alphas_for_alpha_bars" of="linspace"
# -     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
# +     return {"betas": betas, "alphas": alphas, "alpha_bars": alphas}

# %% wrong="betas_reversed" of="linspace"
# -     betas = torch.linspace(beta1, beta2, num_ts)
# +     betas = torch.linspace(beta2, beta1, num_ts)

# %% wrong="end_left_out" of="linspace"
# -     betas = torch.linspace(beta1, beta2, num_ts)
# +     betas = torch.arange(num_ts) / num_ts * (beta2 - beta1) + beta1

# %% wrong="one_step_late" of="linspace"
# -     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
# +     return {
# +         "betas": betas,
# +         "alphas": alphas,
# +         "alpha_bars": torch.cat([torch.ones(1), torch.cumprod(alphas, dim=0)[:-1]]),
# +     }

# %% wrong="product_of_betas" of="linspace"
# -     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
# +     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(betas, dim=0)}

# %% wrong="sum_for_product" of="linspace"
# -     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
# +     return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumsum(alphas, dim=0)}
