def p_losses(model, x0):
    t = torch.randint(0, TIMESTEPS, (len(x0),))
    noise = torch.randn_like(x0)
    x_t = q_sample(x0, t, noise)
    return nn.functional.l1_loss(model(x_t, t), noise, reduction="sum")
