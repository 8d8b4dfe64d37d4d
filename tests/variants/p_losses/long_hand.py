def p_losses(model, x0):
    t = (torch.rand(len(x0)) * TIMESTEPS).long()
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return nn.L1Loss()(model(x_t, t), eps)
