def small_steps(im, t):
    previous = torch.cat([torch.ones(1), alphas_cumprod[:-1]])
    alphas = alphas_cumprod / previous
    for s in range(0, t + 1):
        im = alphas[s] ** 0.5 * im + (1 - alphas[s]) ** 0.5 * torch.randn_like(im)
    return im
