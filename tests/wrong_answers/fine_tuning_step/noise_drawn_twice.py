def fine_tuning_step(unet, scheduler, x_0):
    t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
    eps = torch.randn_like(x_0)
    x_t = scheduler.add_noise(x_0, torch.randn_like(x_0), t)
    return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
