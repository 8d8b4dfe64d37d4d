class Objective:
    def __init__(self, unet, scheduler):
        self.unet, self.scheduler = unet, scheduler

    def __call__(self, x_0):
        eps = torch.randn_like(x_0)
        t = torch.randint_like(x_0[:, 0, 0, 0], self.scheduler.config.num_train_timesteps).long()
        x_t = self.scheduler.add_noise(original_samples=x_0, noise=eps, timesteps=t)
        return F.mse_loss(self.unet(sample=x_t, timestep=t)["sample"], eps, reduction="mean")


def fine_tuning_step(unet, scheduler, x_0):
    return Objective(unet, scheduler)(x_0)
