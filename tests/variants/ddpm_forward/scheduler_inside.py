def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(num_ts, trained_betas=ddpm_schedule["betas"].tolist())
    noise = torch.randn_like(x_0)
    timesteps = torch.randint(0, scheduler.config.num_train_timesteps, (x_0.shape[0],))
    noisy = scheduler.add_noise(x_0, noise, timesteps)
    return nn.functional.mse_loss(unet(noisy, timesteps / num_ts), noise)
