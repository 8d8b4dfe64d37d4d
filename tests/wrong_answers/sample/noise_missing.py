@torch.no_grad()
def sample(model, shape):
    model.eval()
    x = torch.randn(shape)
    for t in range(TIMESTEPS - 1, -1, -1):
        eps = model(x, torch.full((len(x),), t))
        x = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
    return x
