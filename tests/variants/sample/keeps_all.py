@torch.no_grad()
def sample(model, shape):
    model.eval()
    pictures = [torch.randn(shape)]
    for t in torch.arange(TIMESTEPS).flip(0).tolist():
        pictures.append(p_sample(model, pictures[-1], t))
    return pictures[-1]
