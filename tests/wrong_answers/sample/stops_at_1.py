@torch.no_grad()
def sample(model, shape):
    model.eval()
    x = torch.randn(shape)
    for t in range(TIMESTEPS - 1, 0, -1):
        x = p_sample(model, x, t)
    return x
