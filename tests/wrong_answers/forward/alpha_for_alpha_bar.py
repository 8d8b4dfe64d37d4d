def forward(im, t):
    alphas = alphas_cumprod.clone()
    alphas[1:] = alphas_cumprod[1:] / alphas_cumprod[:-1]
    return alphas[t].sqrt() * im + (1 - alphas[t]).sqrt() * torch.randn_like(im)
