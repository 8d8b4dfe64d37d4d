def fine_tuning_step(unet, scheduler, x_0):
    abar = scheduler.alphas_cumprod
    t = torch.randint(0, len(abar), (len(x_0),))
    eps = torch.normal(torch.zeros_like(x_0), 1.0)
    kept = abar[t][:, None, None, None]
    x_t = kept.sqrt() * x_0 + (1 - kept).sqrt() * eps
    return (unet(x_t, t).sample - eps).pow(2).mean()
