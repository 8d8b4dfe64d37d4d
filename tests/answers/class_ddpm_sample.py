# %% right="cond_first_batch"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        cond, uncond = unet(torch.cat([x_t, x_t]), torch.cat([c, 0 * c]), times).chunk(2)
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="lerp"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = torch.lerp(uncond, cond, float(scale))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="one_batch"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="paper_w"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        w = scale - 1
        eps = (1 + w) * cond - w * uncond
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="picture_by_picture"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        answers = [
            unet(x_t[k : k + 1].repeat(2, 1, 1, 1), torch.stack([c[k], 0 * c[k]]), torch.tensor([t / num_ts] * 2))
            for k in range(len(labels))
        ]
        cond, uncond = torch.stack([a[0] for a in answers]), torch.stack([a[1] for a in answers])
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="two_calls"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((len(labels),), t / num_ts, device=place)
        cond, uncond = unet(x_t, c, times), unet(x_t, torch.zeros_like(c), times)
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="weights_of_both"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = scale * cond + (1 - scale) * uncond
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t

# %% right="zero_noise_at_the_end"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        z = torch.randn_like(x_t) if t else 0
        x_t = x_t + betas[t].sqrt() * z
    return x_t

# %% wrong="alpha_for_alpha_bar" of="one_batch"
# -         x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
# +         x_t = (x_t - (1 - alphas[t]) / (1 - alphas[t]).sqrt() * eps) / alphas[t].sqrt()

# %% wrong="beta_without_sqrt" of="one_batch"
# -             x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
# +             x_t = x_t + betas[t] * torch.randn_like(x_t)

# %% wrong="brackets_missing" of="lerp"
# -         eps = torch.lerp(uncond, cond, float(scale))
# +         eps = uncond + scale * cond - uncond

# %% wrong="cond_uncond_swapped" of="cond_first_batch"
# -         cond, uncond = unet(torch.cat([x_t, x_t]), torch.cat([c, 0 * c]), times).chunk(2)
# +         cond, uncond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)

# %% wrong="gamma_for_w" of="lerp"
# -         eps = torch.lerp(uncond, cond, float(scale))
# +         eps = (1 + scale) * cond - scale * uncond

# %% wrong="never_unconditional" of="two_calls"
# -         cond, uncond = unet(x_t, c, times), unet(x_t, torch.zeros_like(c), times)
# +         cond = uncond = unet(x_t, c, times)

# %% wrong="noise_at_the_end" of="one_batch"
# -         if t > 0:
# -             x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
# +         x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)

# %% wrong="noise_missing" of="one_batch"
# -         if t > 0:
# -             x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)

# %% wrong="prompt_has_no_part" of="lerp"
# -         eps = torch.lerp(uncond, cond, float(scale))
# +         eps = uncond

# %% wrong="scale_ignored" of="lerp"
# -         eps = torch.lerp(uncond, cond, float(scale))
# +         eps = cond

# %% wrong="null_is_class_0" of="cond_first_batch"
# -         cond, uncond = unet(torch.cat([x_t, x_t]), torch.cat([c, 0 * c]), times).chunk(2)
# +         uncond, cond = unet(
# +             torch.cat([x_t, x_t]), torch.cat([nn.functional.one_hot(0 * labels, 10).float(), c]), times
# +         ).chunk(2)

# %% wrong="stops_at_1" of="one_batch"
# -     for t in range(num_ts - 1, -1, -1):
# +     for t in range(num_ts - 1, 0, -1):

# %% wrong="t_not_normalised" of="one_batch"
# -         times = torch.full((2 * len(labels),), t / num_ts, device=place)
# +         times = torch.full((2 * len(labels),), float(t), device=place)

# %% wrong="training_mode" of="one_batch"
# -     unet.eval()

# %% wrong="difference_only" of="lerp"
# -         eps = torch.lerp(uncond, cond, float(scale))
# +         eps = scale * (cond - uncond)
