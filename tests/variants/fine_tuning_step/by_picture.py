import random

def fine_tuning_step(unet, scheduler, x_0):
    times, noises, noisy = [], [], []
    for picture in x_0:
        t = random.randrange(scheduler.config.num_train_timesteps)
        eps = torch.randn(picture.shape)
        noisy.append(scheduler.add_noise(picture[None], eps[None], torch.tensor([t])))
        times.append(t)
        noises.append(eps)
    answer = unet(torch.cat(noisy), torch.tensor(times)).sample
    return torch.nn.MSELoss()(answer, torch.stack(noises))
