import functools


def sample(model, shape):
    model = model.eval()
    return functools.reduce(lambda x, t: p_sample(model, x, t), range(TIMESTEPS - 1, -1, -1), torch.randn(shape))
