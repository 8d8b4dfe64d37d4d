# %% right="by_x_0_pred"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    x_t = torch.randn(count, 1, 28, 28)
    for t in reversed(range(num_ts)):
        beta, alpha, kept = (ddpm_schedule[name][t] for name in ("betas", "alphas", "alpha_bars"))
        before = ddpm_schedule["alpha_bars"][t - 1] if t > 0 else torch.tensor(1.0)
        eps = unet(x_t, torch.tensor([t / num_ts]).repeat(count))
        x_0_pred = (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()
        mean = before.sqrt() * beta / (1 - kept) * x_0_pred + alpha.sqrt() * (1 - before) / (1 - kept) * x_t
        x_t = mean + (t > 0) * beta.sqrt() * torch.randn(x_t.shape)
    return x_t

# %% right="column_of_times_cuda"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn((count, 1, 28, 28)).cuda()
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.ones(count, 1).cuda() * t / num_ts)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="numpy_out"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t.cpu().numpy()

# %% right="posterior_variance"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + (betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])).sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="scheduler_inside"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(
        num_ts, trained_betas=ddpm_schedule["betas"].tolist(), variance_type="fixed_large", clip_sample=False
    )
    scheduler.set_timesteps(num_ts)
    unet.eval()
    x = torch.randn(count, 1, 28, 28)
    for t in scheduler.timesteps:
        x = scheduler.step(unet(x, t.expand(count) / num_ts), t, x).prev_sample
    return x

# %% right="step_by_step"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="zero_noise_at_the_end"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        z = torch.randn_like(x_t) if t else torch.zeros_like(x_t)
        x_t = x_t + betas[t] ** 0.5 * z
    return x_t

# %% wrong="alpha_bar_for_alpha" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alpha_bars[t].sqrt()

# %% wrong="alpha_for_alpha_bar" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - (1 - alphas[t]) / (1 - alphas[t]).sqrt() * eps) / alphas[t].sqrt()

# %% wrong="alpha_without_sqrt" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t]

# %% wrong="beta_without_sqrt" of="posterior_variance"
# -             x_t = x_t + (betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])).sqrt() * torch.randn_like(x_t)
# +             x_t = x_t + betas[t] * torch.randn_like(x_t)

# %% wrong="eps_not_scaled" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - eps) / alphas[t].sqrt()

# %% wrong="eps_without_root" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]) * eps) / alphas[t].sqrt()

# %% wrong="noise_at_the_end" of="posterior_variance"
# -         if t > 0:
# -             x_t = x_t + (betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])).sqrt() * torch.randn_like(x_t)
# +         x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)

# %% wrong="noise_missing" of="posterior_variance"
# -         if t > 0:
# -             x_t = x_t + (betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])).sqrt() * torch.randn_like(x_t)

# %% wrong="noise_not_scaled" of="posterior_variance"
# -             x_t = x_t + (betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])).sqrt() * torch.randn_like(x_t)
# +             x_t = x_t + torch.randn_like(x_t)

# %% wrong="stops_at_1" of="step_by_step"
# -     for t in range(num_ts - 1, -1, -1):
# +     for t in range(num_ts - 1, 0, -1):

# %% wrong="t_counts_from_1" of="step_by_step"
# -         eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
# +         eps = unet(x_t, torch.full((count,), (t + 1) / num_ts, device=place))

# %% wrong="t_not_normalised" of="step_by_step"
# -         eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
# +         eps = unet(x_t, torch.full((count,), float(t), device=place))

# %% wrong="training_mode" of="step_by_step"
# -     unet.eval()

# %% wrong="wrong_way" of="step_by_step"
# -     for t in range(num_ts - 1, -1, -1):
# +     for t in range(num_ts):

# %% wrong="x_not_rescaled" of="step_by_step"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps
