@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(
        num_ts, trained_betas=ddpm_schedule["betas"].tolist(), variance_type="fixed_large", clip_sample=False
    )
    scheduler.set_timesteps(num_ts)
    unet.eval()
    x = torch.randn(count, 1, 28, 28)
    for t in scheduler.timesteps:
        x = scheduler.step(unet(x, t.expand(count) / num_ts), t, x).prev_sample
    return x
