def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    bars = ddpm_schedule["alpha_bars"].double()
    t = (torch.rand(x_0.shape[0]) * num_ts).long()
    a, b = bars[t].sqrt().view(-1, 1, 1, 1), (1 - bars[t]).sqrt().view(-1, 1, 1, 1)
    eps = torch.randn(x_0.shape, dtype=x_0.dtype)
    prediction = unet(a * x_0 + b * eps, t.to(x_0.dtype) / num_ts)
    return torch.nn.MSELoss()(prediction, eps)
