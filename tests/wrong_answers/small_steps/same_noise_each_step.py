def small_steps(im, t):
    x = im
    z = torch.randn_like(im)
    for s in range(t + 1):
        x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * z
    return x
