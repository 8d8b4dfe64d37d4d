def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.randn_like(im)
    return abar.sqrt() * im + (1 - abar) * eps
