def small_steps(im, t):
    x = im
    for s in range(t + 1):
        x = 1 * x + betas[s].sqrt() * torch.randn_like(x)
    return x
