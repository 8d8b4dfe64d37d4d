def small_steps(im, t, s=0):
    if s > t:
        return im
    step = torch.sqrt(1 - betas[s]) * im + torch.sqrt(betas[s]) * torch.randn(im.shape)
    for later in range(s + 1, t + 1):
        step = torch.sqrt(1 - betas[later]) * step + torch.sqrt(betas[later]) * torch.randn(im.shape)
    return step
