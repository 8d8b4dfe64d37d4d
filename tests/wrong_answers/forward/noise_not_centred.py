def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.rand_like(im)
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
