import numpy as np


def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.from_numpy(np.random.randint(num_ts, size=len(x_0)))
    alpha_bar = ddpm_schedule["alpha_bars"].gather(0, t)[:, None, None, None]
    eps = torch.empty_like(x_0).normal_()
    x_t = torch.lerp(torch.zeros_like(x_0), x_0, alpha_bar**0.5) + (1 - alpha_bar) ** 0.5 * eps
    return (unet(x_t, t / num_ts) - eps).square().mean()
