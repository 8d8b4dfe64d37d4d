import numpy as np

def fine_tuning_step(unet, scheduler, x_0):
    t = torch.from_numpy(np.random.randint(0, scheduler.config.num_train_timesteps, len(x_0)))
    noise = torch.empty_like(x_0).normal_()
    residual = noise - unet(scheduler.add_noise(x_0, noise, t), t)[0]
    return residual.square().flatten(1).mean(1).mean()
