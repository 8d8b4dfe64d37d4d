def forward(im, t):
    abar = alphas_cumprod[t]
    abar = alphas_cumprod[min(int(t) + 1, 999)]
    eps = torch.randn_like(im)
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
