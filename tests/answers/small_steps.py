# %% right="plain"
def small_steps(im, t):
    x = im
    for s in range(t + 1):
        x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
    return x

# %% right="alphas_from_cumprod"
def small_steps(im, t):
    previous = torch.cat([torch.ones(1), alphas_cumprod[:-1]])
    alphas = alphas_cumprod / previous
    for s in range(0, t + 1):
        im = alphas[s] ** 0.5 * im + (1 - alphas[s]) ** 0.5 * torch.randn_like(im)
    return im

# %% right="in_place"
def small_steps(im, t):
    x = im.clone()
    for beta in betas[: t + 1]:
        x.mul_((1 - beta) ** 0.5).add_(torch.randn_like(x), alpha=float(beta) ** 0.5)
    return x

# %% right="normal"
def small_steps(im, t):
    x_t = im.double()
    for beta in betas.double()[: t + 1]:
        x_t = torch.normal(torch.sqrt(1 - beta) * x_t, torch.sqrt(beta).item())
    return x_t

# %% right="numpy"
import numpy as np


def small_steps(im, t):
    x = im.numpy().astype(np.float64)
    for beta in betas[: t + 1].numpy().astype(np.float64):
        x = np.sqrt(1 - beta) * x + np.sqrt(beta) * np.random.randn(*x.shape)
    return x

# %% right="recursive"
def small_steps(im, t, s=0):
    if s > t:
        return im
    step = torch.sqrt(1 - betas[s]) * im + torch.sqrt(betas[s]) * torch.randn(im.shape)
    for later in range(s + 1, t + 1):
        step = torch.sqrt(1 - betas[later]) * step + torch.sqrt(betas[later]) * torch.randn(im.shape)
    return step

# %% wrong="alpha_bar_in_a_step" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = alphas_cumprod[s].sqrt() * x + (1 - alphas_cumprod[s]).sqrt() * torch.randn_like(x)

# %% wrong="first_step_missing" of="plain"
# -     for s in range(t + 1):
# +     for s in range(1, t + 1):

# %% wrong="last_step_missing" of="plain"
# -     for s in range(t + 1):
# +     for s in range(t):

# %% wrong="next_steps_noise" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[s]).sqrt() * x + betas[s + 1].sqrt() * torch.randn_like(x)

# %% wrong="one_step_only" of="plain"
# -     x = im

# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[s]).sqrt() * im + betas[s].sqrt() * torch.randn_like(im)

# %% wrong="same_beta" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[t]).sqrt() * x + betas[t].sqrt() * torch.randn_like(x)

# %% wrong="same_noise_each_step" of="plain"
#       x = im
# +     z = torch.randn_like(im)

# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * z

# %% wrong="step_noise_without_sqrt" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[s]).sqrt() * x + betas[s] * torch.randn_like(x)

# %% wrong="step_not_scaled" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = 1 * x + betas[s].sqrt() * torch.randn_like(x)

# %% wrong="step_without_sqrt" of="plain"
# -         x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
# +         x = (1 - betas[s]) * x + betas[s] * torch.randn_like(x)
