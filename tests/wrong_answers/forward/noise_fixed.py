def forward(im, t):
    abar = alphas_cumprod[t]
    torch.manual_seed(0)
    eps = torch.randn_like(im)
    return abar.sqrt() * im + (1 - abar).sqrt() * eps
