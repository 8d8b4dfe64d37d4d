def small_steps(im, t):
    for s in range(t + 1):
        x = (1 - betas[s]).sqrt() * im + betas[s].sqrt() * torch.randn_like(im)
    return x
