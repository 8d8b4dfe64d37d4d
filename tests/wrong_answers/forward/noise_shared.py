def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.randn(im.shape[-2:])
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
