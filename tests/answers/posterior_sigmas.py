# %% right="plain"
def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, dim=0)
    before = torch.cat([torch.ones(1), bars[:-1]])
    return ((1 - before) / (1 - bars) * betas).sqrt()

# %% right="double"
def posterior_sigmas(betas):
    bars = (1 - betas.double()).log().cumsum(0).exp()
    before = bars.roll(1)
    before[0] = 1
    return (betas * (1 - before) / (1 - bars)) ** 0.5

# %% right="loop"
def posterior_sigmas(betas):
    sigmas, bar = [], 1.0
    for beta in betas.tolist():
        before, bar = bar, bar * (1 - beta)
        sigmas.append(((1 - before) / (1 - bar) * beta) ** 0.5)
    return torch.tensor(sigmas)

# %% right="numpy"
import numpy as np


def posterior_sigmas(betas):
    beta = betas.numpy().astype(float)
    bar = np.cumprod(1 - beta)
    return np.sqrt(np.append(0.0, (1 - bar[:-1]) / (1 - bar[1:])) * beta)

# %% right="padded"
import torch.nn.functional as F


def posterior_sigmas(betas):
    alphas_cumprod = (1.0 - betas).cumprod(0)
    alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
    posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alphas_cumprod)
    return torch.sqrt(posterior_variance)

# %% right="zeros_first"
def posterior_sigmas(betas):
    bars = torch.cumprod(1 - betas, 0)
    sigmas = torch.zeros_like(betas)
    sigmas[1:] = torch.sqrt((1 - bars[:-1]) / (1 - bars[1:]) * betas[1:])
    return sigmas

# %% wrong="alpha_for_alpha_bar" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return ((1 - torch.cat([torch.ones(1), alphas[:-1]])) / (1 - alphas) * betas).sqrt()

# %% wrong="bars_not_complemented" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return (before / bars * betas).sqrt()

# %% wrong="beta_for_posterior" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return betas.sqrt()

# %% wrong="beta_missing" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return ((1 - before) / (1 - bars)).sqrt()

# %% wrong="beta_one_early" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return ((1 - before) / (1 - bars) * torch.cat([betas[:1], betas[:-1]])).sqrt()

# %% wrong="first_left_out" of="plain"
# -     before = torch.cat([torch.ones(1), bars[:-1]])
# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return ((1 - bars[:-1]) / (1 - bars[1:]) * betas[1:]).sqrt()

# %% wrong="first_not_zero" of="plain"
# -     before = torch.cat([torch.ones(1), bars[:-1]])
# +     before = torch.cat([bars[:1], bars[:-1]])

# %% wrong="late_alpha_bar" of="plain"
# -     before = torch.cat([torch.ones(1), bars[:-1]])
# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     after = torch.cat([bars[1:], bars[-1:]])
# +     sigmas = ((1 - bars) / (1 - after) * betas).sqrt()
# +     sigmas[0] = 0
# +     return sigmas

# %% wrong="root_of_beta_missing" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return ((1 - before) / (1 - bars)).sqrt() * betas

# %% wrong="root_of_ratio_missing" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return (1 - before) / (1 - bars) * betas.sqrt()

# %% wrong="without_root" of="plain"
# -     bars = torch.cumprod(1 - betas, dim=0)
# +     alphas = 1 - betas
# +     bars = torch.cumprod(alphas, dim=0)

# -     return ((1 - before) / (1 - bars) * betas).sqrt()
# +     return (1 - before) / (1 - bars) * betas
