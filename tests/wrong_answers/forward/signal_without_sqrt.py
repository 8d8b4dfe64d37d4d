def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.randn_like(im)
    return abar * im + (1 - abar).sqrt() * eps
