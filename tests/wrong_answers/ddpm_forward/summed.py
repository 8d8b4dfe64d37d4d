def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    return nn.functional.mse_loss(unet(x_t, t / num_ts), eps, reduction="sum")
