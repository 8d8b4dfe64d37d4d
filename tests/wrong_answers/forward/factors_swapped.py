def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.randn_like(im)
    return (1 - abar).sqrt() * im + abar.sqrt() * eps
