import numpy as np


def p_losses(model, x0):
    t = torch.from_numpy(np.random.randint(0, TIMESTEPS, len(x0)))
    noise = torch.randn_like(x0)
    return torch.abs(noise - model(q_sample(x0, t, noise), t)).mean()
