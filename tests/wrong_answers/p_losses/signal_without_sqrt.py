def p_losses(model, x0):
    t = torch.randint(0, TIMESTEPS, (len(x0),))
    a, b = alphas_cumprod[t].reshape(-1, 1, 1, 1), betas[t].reshape(-1, 1, 1, 1)
    noise = torch.randn_like(x0)
    x_t = a * x0 + (1 - a).sqrt() * noise
    return nn.functional.l1_loss(model(x_t, t), noise)
