def forward(im, t):
    abar = alphas_cumprod.double()[t]
    return abar.sqrt() * im.double() + (1 - abar).sqrt() * torch.randn_like(im.double())
