# %% right="as_the_chapter"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="bernoulli"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.bernoulli(torch.full((len(x_0), 1), 1 - p_uncond))
    c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="eye"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = torch.eye(10, dtype=x_0.dtype)[labels]
    c = torch.where(keep, c, torch.zeros_like(c))
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="loop"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = torch.zeros(len(x_0), 10, dtype=x_0.dtype)
    for row, label in enumerate(labels.tolist()):
        if keep[row]:
            c[row, label] = 1
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="masked_in_place"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    drop = torch.rand(len(x_0)) < p_uncond
    c = nn.functional.one_hot(labels, num_classes=10).to(x_0)
    c[drop] = 0
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="numpy_mask"
import numpy as np


def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.from_numpy(np.random.rand(len(x_0), 1) >= p_uncond)
    c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% right="scatter"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = torch.zeros(len(x_0), 10, dtype=x_0.dtype).scatter_(1, labels[:, None], 1.0) * keep
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)

# %% wrong="absolute_error" of="as_the_chapter"
# -     return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)
# +     return nn.functional.l1_loss(unet(x_t, c, t / num_ts), eps)

# %% wrong="alpha_for_alpha_bar" of="as_the_chapter"
# -     alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
# +     alpha_bar = ddpm_schedule["alphas"].to(x_0.device)[t].reshape(-1, 1, 1, 1)

# %% wrong="dropped_by_entry" of="as_the_chapter"
# -     keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
# +     keep = torch.rand(len(x_0), 10, device=x_0.device) >= p_uncond**0.5

# %% wrong="dropped_to_class_0" of="as_the_chapter"
# -     c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
# +     c = nn.functional.one_hot(labels * keep[:, 0], 10).to(x_0.dtype)

# %% wrong="mask_inverted" of="as_the_chapter"
# -     keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
# +     keep = torch.rand(len(x_0), 1, device=x_0.device) < p_uncond

# %% wrong="misses_first" of="as_the_chapter"
# -     t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
# +     t = torch.randint(1, num_ts, (len(x_0),), device=x_0.device)

# %% wrong="never_dropped" of="as_the_chapter"
# -     c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
# +     c = nn.functional.one_hot(labels, 10).to(x_0.dtype)

# %% wrong="no_square_roots" of="as_the_chapter"
# -     x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
# +     x_t = alpha_bar * x_0 + (1 - alpha_bar) * eps

# %% wrong="not_one_hot" of="as_the_chapter"
# -     c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
# +     c = labels.to(x_0.dtype) * keep[:, 0]

# %% wrong="one_time_for_all" of="as_the_chapter"
# -     t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, num_ts, (1,)).repeat(len(x_0))

# %% wrong="sign_inverted" of="as_the_chapter"
# -     c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
# +     c = -nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep

# %% wrong="t_not_normalised" of="as_the_chapter"
# -     return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)
# +     return nn.functional.mse_loss(unet(x_t, c, t), eps)

# %% wrong="target_is_x_0" of="as_the_chapter"
# -     return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)
# +     return nn.functional.mse_loss(unet(x_t, c, t / num_ts), x_0)

# %% wrong="whole_batch" of="as_the_chapter"
# -     keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
# +     keep = torch.rand(1, 1, device=x_0.device) >= p_uncond
