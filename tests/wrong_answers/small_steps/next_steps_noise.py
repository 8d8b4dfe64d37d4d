def small_steps(im, t):
    x = im
    for s in range(t + 1):
        x = (1 - betas[s]).sqrt() * x + betas[s + 1].sqrt() * torch.randn_like(x)
    return x
