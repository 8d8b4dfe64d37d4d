"""What the set-up cells of chapter 13 define, as an answer finds it."""

import torch
from torch.nn import functional as F

from helpers import guidance


def given() -> dict:
    """Return names and what stands under them."""

    def fine_tuning_step(unet, scheduler, x_0):
        t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),))
        eps = torch.randn_like(x_0)
        return F.mse_loss(unet(scheduler.add_noise(x_0, eps, t), t).sample, eps)

    given = ("predicted_x_0", "great_circle", "colour_loss", "clip_loss")
    return {"F": F, "fine_tuning_step": fine_tuning_step} | {name: getattr(guidance, name) for name in given}
