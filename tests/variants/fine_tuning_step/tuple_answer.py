def fine_tuning_step(unet, scheduler, x_0):
    eps = torch.randn(x_0.shape)
    t = torch.randint(scheduler.config.num_train_timesteps, size=(x_0.shape[0],)).long()
    eps_pred = unet(scheduler.add_noise(x_0, eps, t), t, return_dict=False)[0]
    return ((eps_pred - eps) ** 2).mean()
