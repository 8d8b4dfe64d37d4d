@torch.no_grad()
def sample(model, shape):
    pass
    x = torch.randn(shape)
    for t in range(TIMESTEPS - 1, -1, -1):
        x = p_sample(model, x, t)
    return x
