# %% right="plain"
def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0)
    alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise

# %% right="as_tensor"
def q_sample(x0, t, noise=None):
    t = torch.as_tensor(t, device=x0.device)
    noise = torch.randn(x0.shape, device=x0.device) if noise is None else noise
    a = alphas_cumprod.to(x0.device)[t].view(-1, 1, 1, 1)
    return torch.sqrt(a) * x0 + torch.sqrt(1 - a) * noise

# %% right="from_betas"
def q_sample(x0, t, noise=None):
    kept = torch.cumprod(1.0 - torch.linspace(1e-4, 0.02, 200), dim=0)
    if not torch.is_tensor(t):
        t = torch.full((x0.shape[0],), t)
    if noise is None:
        noise = torch.randn_like(x0)
    signal, spread = kept**0.5, (1 - kept) ** 0.5
    return signal[t][:, None, None, None] * x0 + spread[t][:, None, None, None] * noise

# %% right="half"
def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0)
    a = alphas_cumprod[t].view(-1, 1, 1, 1)
    return torch.lerp(torch.zeros_like(x0), x0, a.sqrt().expand_as(x0)) + noise.mul((1 - a).sqrt())

# %% right="numpy_roots"
import numpy as np


def q_sample(x0, t, noise=None):
    noise = noise if noise is not None else torch.randn_like(x0)
    bars = alphas_cumprod.numpy()[np.asarray(t)]
    shape = (-1, 1, 1, 1)
    a = torch.tensor(np.sqrt(bars)).reshape(shape)
    b = torch.tensor(np.sqrt(1 - bars)).reshape(shape)
    return (a * x0 + b * noise).float()

# %% right="one_by_one"
def q_sample(x0, t, noise=None):
    times = [int(t)] * len(x0) if isinstance(t, int) or t.ndim == 0 else t.tolist()
    noisy = []
    for place, time in enumerate(times):
        eps = torch.randn_like(x0[place]) if noise is None else noise[place]
        noisy.append(alphas_cumprod[time].sqrt() * x0[place] + (1 - alphas_cumprod[time]).sqrt() * eps)
    return torch.stack(noisy)

# %% wrong="alpha_for_alpha_bar" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return (1 - b).sqrt() * x0 + b.sqrt() * noise

# %% wrong="factors_swapped" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return (1 - a).sqrt() * x0 + a.sqrt() * noise

# %% wrong="no_square_roots" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a * x0 + (1 - a) * noise

# %% wrong="noise_ignored" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)

# %% wrong="noise_missing" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0

# %% wrong="noise_not_scaled" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + noise

# %% wrong="noise_shared"
def q_sample(x0, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x0[:1]).expand_as(x0)
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="noise_without_sqrt" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a) * noise

# %% wrong="one_step_early" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a = alphas_cumprod[(torch.as_tensor(t) - 1).clamp(min=0)].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="one_step_late" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a = alphas_cumprod[(torch.as_tensor(t) + 1).clamp(max=199)].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="one_time_for_all" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a = alphas_cumprod[torch.as_tensor(t).reshape(-1)[0]]
# +     return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="signal_not_scaled" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return x0 + (1 - a).sqrt() * noise

# %% wrong="signal_without_sqrt" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
# +     return a * x0 + (1 - a).sqrt() * noise

# %% wrong="t_must_be_tensor" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a = alphas_cumprod[t.expand(len(x0))].reshape(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="t_must_be_tensor__view" of="plain"
# -     alpha_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
# -     return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
# +     a = alphas_cumprod.gather(0, t).view(-1, 1, 1, 1)
# +     return a.sqrt() * x0 + (1 - a).sqrt() * noise

# %% wrong="uniform_noise"
def q_sample(x0, t, noise=None):
    if noise is None:
        noise = (torch.rand_like(x0) - 0.5) * 12**0.5
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise
