def sample(model, shape):
    model.eval()
    device = next(model.parameters()).device
    x = torch.randn(*shape, device=device)
    for t in reversed(range(TIMESTEPS)):
        x = p_sample(model, x, t)
    return x
