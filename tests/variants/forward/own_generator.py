source = torch.Generator().manual_seed(7)


def forward(im, t):
    eps = torch.randn(im.shape, generator=source)
    return torch.lerp(torch.zeros_like(im), im, alphas_cumprod[t].sqrt()) + (1 - alphas_cumprod[t]).sqrt() * eps
