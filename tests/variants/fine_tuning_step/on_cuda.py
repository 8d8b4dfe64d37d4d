def fine_tuning_step(unet, scheduler, x_0):
    clean = x_0.to("cuda")
    noise = torch.randn(clean.shape, device="cuda")
    timesteps = torch.randint(0, scheduler.config.num_train_timesteps, (clean.shape[0],), device="cuda")
    noisy = scheduler.add_noise(clean, noise, timesteps)
    return torch.nn.functional.mse_loss(unet(noisy.cuda(), timesteps).sample, noise)
