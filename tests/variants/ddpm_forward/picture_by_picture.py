def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    t = torch.tensor([torch.randint(num_ts, ()).item() for _ in x_0])
    noises, noisy = [], []
    for picture, time in zip(x_0, t):
        kept = ddpm_schedule["alpha_bars"][time]
        noises.append(torch.randn_like(picture))
        noisy.append(kept.sqrt() * picture + (1 - kept).sqrt() * noises[-1])
    return nn.functional.mse_loss(unet(torch.stack(noisy), t / num_ts), torch.stack(noises))
