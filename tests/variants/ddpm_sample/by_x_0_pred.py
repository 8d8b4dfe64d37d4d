@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    unet.eval()
    x_t = torch.randn(count, 1, 28, 28)
    for t in reversed(range(num_ts)):
        beta, alpha, kept = (ddpm_schedule[name][t] for name in ("betas", "alphas", "alpha_bars"))
        before = ddpm_schedule["alpha_bars"][t - 1] if t > 0 else torch.tensor(1.0)
        eps = unet(x_t, torch.tensor([t / num_ts]).repeat(count))
        x_0_pred = (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()
        mean = before.sqrt() * beta / (1 - kept) * x_0_pred + alpha.sqrt() * (1 - before) / (1 - kept) * x_t
        x_t = mean + (t > 0) * beta.sqrt() * torch.randn(x_t.shape)
    return x_t
