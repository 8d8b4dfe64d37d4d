# %% right="plain"
@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
    return mean + sigmas[t] * torch.randn_like(x)

# %% right="double"
@torch.no_grad()
def p_sample(model, x, t):
    b = torch.linspace(1e-4, 0.02, 200).double()
    a, bar = 1 - b, (1 - b).cumprod(0)
    eps = model(x, torch.full((len(x),), t)).double()
    mean = (x.double() - b[t] / (1 - bar[t]).sqrt() * eps) / a[t].sqrt()
    variance = (1 - bar[t - 1]) / (1 - bar[t]) * b[t] if t else torch.zeros(())
    return (mean + variance.sqrt() * torch.randn_like(mean)).float()

# %% right="from_x_0"
@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.tensor([t] * len(x)))
    bar = alphas_cumprod[t]
    before = alphas_cumprod[t - 1] if t > 0 else torch.tensor(1.0)
    x_0 = (x - (1 - bar).sqrt() * eps) / bar.sqrt()
    mean = before.sqrt() * betas[t] / (1 - bar) * x_0 + alphas[t].sqrt() * (1 - before) / (1 - bar) * x
    z = torch.randn_like(x) if t > 0 else 0
    return mean + sigmas[t] * z

# %% right="if_t"
def p_sample(model, x, t):
    with torch.no_grad():
        eps = model(x, torch.full((x.shape[0],), t, dtype=torch.long, device=x.device))
    mean = alphas[t] ** -0.5 * (x - (1 - alphas[t]) * (1 - alphas_cumprod[t]) ** -0.5 * eps)
    if t == 0:
        return mean
    return mean + sigmas[t] * torch.randn(x.shape)

# %% right="long_times"
@torch.no_grad()
def p_sample(model, x, t):
    times = t * torch.ones(len(x)).long()
    predicted = model(x, times)
    share = betas[t] / torch.sqrt(1.0 - alphas_cumprod[t])
    return torch.sqrt(1.0 / alphas[t]) * (x - share * predicted) + torch.normal(torch.zeros_like(x), 1.0) * sigmas[t]

# %% right="spread_out"
@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t))
    noise = torch.randn_like(x)
    return x / alphas[t].sqrt() - betas[t] / ((1 - alphas_cumprod[t]) * alphas[t]).sqrt() * eps + sigmas[t] * noise

# %% wrong="alpha_bar_for_alpha" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / bar.sqrt() + sigma * z

# %% wrong="alpha_bar_one_early" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[max(t - 1, 0)], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="alpha_for_alpha_bar" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - a).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="alpha_without_sqrt" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a + sigma * z

# %% wrong="beta_at_the_end" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + beta.sqrt() * z

# %% wrong="beta_for_sigma" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + (beta.sqrt() * z if t else 0)

# %% wrong="beta_one_early" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = (1 - betas[max(t - 1, 0)]), alphas_cumprod[t], betas[max(t - 1, 0)], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="eps_not_scaled" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - eps) / a.sqrt() + sigma * z

# %% wrong="eps_without_root" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar) * eps) / a.sqrt() + sigma * z

# %% wrong="noise_at_the_end" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + z

# %% wrong="noise_missing" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt()

# %% wrong="noise_not_scaled" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + (z if t else 0)

# %% wrong="one_t_for_all"
@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.tensor([t]))
    a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
    z = torch.randn_like(x)
    return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="sigma_one_early" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigmas[max(t - 1, 0)] * z

# %% wrong="sigma_one_late" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + (sigmas[min(t + 1, TIMESTEPS - 1)] * z if t else 0)

# %% wrong="sigma_squared" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma**2 * z

# %% wrong="sign_of_eps" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return (x + beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="t_normalised"
@torch.no_grad()
def p_sample(model, x, t):
    eps = model(x, torch.full((len(x),), t / TIMESTEPS))
    a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
    z = torch.randn_like(x)
    return (x - beta / (1 - bar).sqrt() * eps) / a.sqrt() + sigma * z

# %% wrong="x_not_rescaled" of="plain"
# -     mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# -     return mean + sigmas[t] * torch.randn_like(x)
# +     a, bar, beta, sigma = alphas[t], alphas_cumprod[t], betas[t], sigmas[t]
# +     z = torch.randn_like(x)
# +     return x - beta / (1 - bar).sqrt() * eps + sigma * z
