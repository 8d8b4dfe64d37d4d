def small_steps(im, t):
    x = im
    for s in range(t):
        x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
    return x
