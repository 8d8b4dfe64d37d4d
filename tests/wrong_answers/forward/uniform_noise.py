def forward(im, t):
    abar = alphas_cumprod[t]
    eps = (torch.rand_like(im) - 0.5) * 12**0.5
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
