# %% right="plain"
def p_losses(model, x0):
    t = torch.randint(0, TIMESTEPS, (len(x0),))
    noise = torch.randn_like(x0)
    return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)

# %% right="by_picture"
def p_losses(model, x0):
    t = torch.tensor([torch.randint(0, TIMESTEPS, ()).item() for _ in x0])
    noise = torch.randn_like(x0)
    x_t = torch.cat([q_sample(x0[i : i + 1], int(t[i]), noise[i : i + 1]) for i in range(len(x0))])
    return nn.functional.l1_loss(noise, model(x_t, t))

# %% right="keywords"
def p_losses(model, x0):
    t = torch.randint(low=0, high=len(betas), size=(len(x0),))
    noise = torch.randn_like(x0)
    return nn.functional.l1_loss(input=model(q_sample(x0, t, noise=noise), t), target=noise, reduction="mean")

# %% right="long_hand"
def p_losses(model, x0):
    t = (torch.rand(len(x0)) * TIMESTEPS).long()
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return nn.L1Loss()(model(x_t, t), eps)

# %% right="numpy_times"
import numpy as np


def p_losses(model, x0):
    t = torch.from_numpy(np.random.randint(0, TIMESTEPS, len(x0)))
    noise = torch.randn_like(x0)
    return torch.abs(noise - model(q_sample(x0, t, noise), t)).mean()

# %% right="own_mean"
def p_losses(model, x0):
    t = torch.randint(TIMESTEPS, (x0.shape[0],), device=x0.device)
    noise = torch.randn(x0.shape, device=x0.device, dtype=x0.dtype)
    predicted = model(q_sample(x0, t, noise), t)
    return (predicted - noise).abs().mean()

# %% wrong="alpha_for_alpha_bar" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = (1 - b).sqrt() * x0 + b.sqrt() * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="factors_swapped" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = (1 - a).sqrt() * x0 + a.sqrt() * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="misses_first" of="plain"
# -     t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     t = torch.randint(1, TIMESTEPS, (len(x0),))

# %% wrong="misses_last" of="plain"
# -     t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     t = torch.randint(0, TIMESTEPS - 1, (len(x0),))

# %% wrong="no_square_roots" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = a * x0 + (1 - a) * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="noise_drawn_twice" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.l1_loss(model(x_t, t), torch.randn_like(x0))

# %% wrong="noise_without_sqrt" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = a.sqrt() * x0 + (1 - a) * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="one_t_for_all" of="plain"
# -     t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     t = torch.randint(0, TIMESTEPS, (1,))

# %% wrong="one_time_for_all" of="plain"
# -     t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     t = torch.randint(0, TIMESTEPS, (1,)).expand(len(x0))

# %% wrong="signal_not_scaled" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = x0 + (1 - a).sqrt() * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="signal_without_sqrt" of="plain"
#       t = torch.randint(0, TIMESTEPS, (len(x0),))
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)

# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = a * x0 + (1 - a).sqrt() * noise
# +     return nn.functional.l1_loss(model(x_t, t), noise)

# %% wrong="squared_error" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.mse_loss(model(x_t, t), noise)

# %% wrong="summed" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.l1_loss(model(x_t, t), noise, reduction="sum")

# %% wrong="t_normalised" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.l1_loss(model(x_t, t / TIMESTEPS), noise)

# %% wrong="target_is_x_0" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.l1_loss(model(x_t, t), x0)

# %% wrong="target_is_x_t" of="plain"
# -     return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
# +     x_t = q_sample(x0, t, noise)
# +     return nn.functional.l1_loss(model(x_t, t), x_t)
