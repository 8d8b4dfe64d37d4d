def forward(im, t):
    abar = alphas_cumprod[t]
    im = 2 * im - 1
    eps = torch.randn_like(im)
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
