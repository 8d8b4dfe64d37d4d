# %% right="column_of_times"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)

# %% right="double_precision"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    bars = ddpm_schedule["alpha_bars"].double()
    t = (torch.rand(x_0.shape[0]) * num_ts).long()
    a, b = bars[t].sqrt().view(-1, 1, 1, 1), (1 - bars[t]).sqrt().view(-1, 1, 1, 1)
    eps = torch.randn(x_0.shape, dtype=x_0.dtype)
    prediction = unet(a * x_0 + b * eps, t.to(x_0.dtype) / num_ts)
    return torch.nn.MSELoss()(prediction, eps)

# %% right="numpy_times"
import numpy as np


def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.from_numpy(np.random.randint(num_ts, size=len(x_0)))
    alpha_bar = ddpm_schedule["alpha_bars"].gather(0, t)[:, None, None, None]
    eps = torch.empty_like(x_0).normal_()
    x_t = torch.lerp(torch.zeros_like(x_0), x_0, alpha_bar**0.5) + (1 - alpha_bar) ** 0.5 * eps
    return (unet(x_t, t / num_ts) - eps).square().mean()

# %% right="own_mean"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    return ((eps - unet(x_t, t.float() / num_ts)) ** 2).mean()

# %% right="picture_by_picture"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.tensor([torch.randint(num_ts, ()).item() for _ in x_0])
    noises, noisy = [], []
    for picture, time in zip(x_0, t):
        kept = ddpm_schedule["alpha_bars"][time]
        noises.append(torch.randn_like(picture))
        noisy.append(kept.sqrt() * picture + (1 - kept).sqrt() * noises[-1])
    return nn.functional.mse_loss(unet(torch.stack(noisy), t / num_ts), torch.stack(noises))

# %% right="scheduler_inside"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(num_ts, trained_betas=ddpm_schedule["betas"].tolist())
    noise = torch.randn_like(x_0)
    timesteps = torch.randint(0, scheduler.config.num_train_timesteps, (x_0.shape[0],))
    noisy = scheduler.add_noise(x_0, noise, timesteps)
    return nn.functional.mse_loss(unet(noisy, timesteps / num_ts), noise)

# %% right="six_lines"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    return nn.functional.mse_loss(unet(x_t, t / num_ts), eps)

# %% wrong="absolute_error" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.l1_loss(unet(x_t, t / num_ts), eps)

# %% wrong="alpha_for_alpha_bar" of="six_lines"
# -     alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
# +     alpha_bar = ddpm_schedule["alphas"].to(x_0.device)[t].reshape(-1, 1, 1, 1)

# %% wrong="factors_swapped" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = (1 - alpha_bar).sqrt() * x_0 + alpha_bar.sqrt() * eps

# %% wrong="misses_first" of="six_lines"
# -     t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
# +     t = torch.randint(1, num_ts, (len(x_0),), device=x_0.device)

# %% wrong="misses_last" of="six_lines"
# -     t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, num_ts - 1, (len(x_0),), device=x_0.device)

# %% wrong="no_square_roots" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = alpha_bar * x_0 + (1 - alpha_bar) * eps

# %% wrong="noise_drawn_twice" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, t / num_ts), torch.randn_like(x_0))

# %% wrong="noise_missing" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = alpha_bar.sqrt() * x_0

# %% wrong="noise_without_sqrt" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar) * eps

# %% wrong="one_time_for_all" of="six_lines"
# -     t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, num_ts, (1,), device=x_0.device).expand(len(x_0))

# %% wrong="signal_not_scaled" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = x_0 + (1 - alpha_bar).sqrt() * eps

# %% wrong="signal_without_sqrt" of="six_lines"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = alpha_bar * x_0 + (1 - alpha_bar).sqrt() * eps

# %% wrong="summed" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, t / num_ts), eps, reduction="sum")

# %% wrong="t_counts_from_1" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, (t + 1) / num_ts), eps)

# %% wrong="t_not_normalised" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, t.to(x_t)), eps)

# %% wrong="target_is_x_0" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, t / num_ts), x_0)

# %% wrong="target_is_x_t" of="column_of_times"
# -     return nn.functional.mse_loss(unet(x_t, (t / num_ts)[:, None]), eps)
# +     return nn.functional.mse_loss(unet(x_t, t / num_ts), x_t)
