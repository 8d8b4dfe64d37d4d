import torch.nn.functional as F


def posterior_sigmas(betas):
    alphas_cumprod = (1.0 - betas).cumprod(0)
    alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
    posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alphas_cumprod)
    return torch.sqrt(posterior_variance)
