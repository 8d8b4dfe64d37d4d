def small_steps(im, t):
    x = im
    for s in range(t + 1):
        x = (1 - betas[t]).sqrt() * x + betas[t].sqrt() * torch.randn_like(x)
    return x
