def p_losses(model, x0):
    t = torch.randint(0, TIMESTEPS - 1, (len(x0),))
    noise = torch.randn_like(x0)
    return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
