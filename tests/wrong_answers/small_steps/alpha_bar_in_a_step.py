def small_steps(im, t):
    x = im
    for s in range(t + 1):
        x = alphas_cumprod[s].sqrt() * x + (1 - alphas_cumprod[s]).sqrt() * torch.randn_like(x)
    return x
