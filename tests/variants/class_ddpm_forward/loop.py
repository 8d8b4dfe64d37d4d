def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = torch.zeros(len(x_0), 10, dtype=x_0.dtype)
    for row, label in enumerate(labels.tolist()):
        if keep[row]:
            c[row, label] = 1
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)
