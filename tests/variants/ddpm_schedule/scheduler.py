def ddpm_schedule(beta1, beta2, num_ts):
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(num_ts, beta_start=beta1, beta_end=beta2, beta_schedule="linear")
    return {"betas": scheduler.betas, "alphas": scheduler.alphas, "alpha_bars": scheduler.alphas_cumprod}
