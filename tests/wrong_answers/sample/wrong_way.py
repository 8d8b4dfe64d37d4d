@torch.no_grad()
def sample(model, shape):
    model.eval()
    x = torch.randn(shape)
    for t in range(TIMESTEPS):
        x = p_sample(model, x, t)
    return x
