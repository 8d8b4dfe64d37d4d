# %% right="plain"
def posterior_mean(x_t, t, pictures):
    a = alphas_cumprod[t]
    d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
    w = torch.softmax(-d / (2 * (1 - a)), dim=0)
    return (w.reshape(-1, 1, 1, 1) * pictures).sum(0, keepdim=True)

# %% right="dot_product"
def posterior_mean(x_t, t, pictures):
    # the term |x_t|^2 is the same for all pictures and cancels
    abar = alphas_cumprod[t]
    flat = pictures.flatten(1)
    logits = (abar.sqrt() * flat @ x_t.flatten() - abar / 2 * flat.square().sum(1)) / (1 - abar)
    return (logits.softmax(0) @ flat).reshape(x_t.shape)

# %% right="logsumexp"
def posterior_mean(x_t, t, pictures):
    a = alphas_cumprod[t]
    d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
    w = torch.exp(-d / (2 * (1 - a)) - torch.logsumexp(-d / (2 * (1 - a)), 0))
    return (w.reshape(-1, 1, 1, 1) * pictures).sum(0, keepdim=True)

# %% right="loop"
def posterior_mean(x_t, t, pictures):
    abar = alphas_cumprod[t].double()
    logs = [-(x_t - abar.sqrt() * picture[None]).square().sum() / (2 * (1 - abar)) for picture in pictures.double()]
    weights = torch.stack(logs).softmax(0)
    return sum(weight * picture for weight, picture in zip(weights, pictures))[None]

# %% right="numpy"
import numpy as np
from scipy.special import softmax


def posterior_mean(x_t, t, pictures):
    a = float(alphas_cumprod[t])
    flat, x = pictures.numpy().reshape(len(pictures), -1), x_t.numpy().reshape(1, -1)
    weights = softmax(-np.sum((x - np.sqrt(a) * flat) ** 2, axis=1) / (2 - 2 * a))
    return (weights @ flat).reshape(x_t.shape)

# %% right="subtract_smallest"
def posterior_mean(x_t, t, pictures):
    a = alphas_cumprod[t]
    d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
    w = torch.exp(-(d - d.min()) / (2 * (1 - a)))
    return torch.einsum("k,kchw->chw", w / w.sum(), pictures)[None]

# %% wrong="posterior_distance_not_squared" of="plain"
# -     d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
# +     d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1).sqrt()

# %% wrong="posterior_mean_over_pixels" of="plain"
# -     d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
# +     d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).mean(1)

# %% wrong="posterior_nearest" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.nn.functional.one_hot(d.argmin(), len(d))

# %% wrong="posterior_pictures_not_scaled" of="plain"
# -     d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
# +     d = ((x_t - pictures) ** 2).flatten(1).sum(1)

# %% wrong="posterior_plain_mean" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.ones(len(d)) / len(d)

# %% wrong="posterior_std_for_variance" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.softmax(-d / (2 * (1 - a).sqrt()), dim=0)

# %% wrong="posterior_underflow" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.exp(-d / (2 * (1 - a))) / torch.exp(-d / (2 * (1 - a))).sum()

# %% wrong="posterior_variance_is_alpha_bar" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.softmax(-d / (2 * a), dim=0)

# %% wrong="posterior_without_half" of="plain"
# -     w = torch.softmax(-d / (2 * (1 - a)), dim=0)
# +     w = torch.softmax(-d / (1 - a), dim=0)
