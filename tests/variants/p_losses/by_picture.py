def p_losses(model, x0):
    t = torch.tensor([torch.randint(0, TIMESTEPS, ()).item() for _ in x0])
    noise = torch.randn_like(x0)
    x_t = torch.cat([q_sample(x0[i : i + 1], int(t[i]), noise[i : i + 1]) for i in range(len(x0))])
    return nn.functional.l1_loss(noise, model(x_t, t))
