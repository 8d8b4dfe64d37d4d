def p_losses(model, x0):
    t = torch.randint(TIMESTEPS, (x0.shape[0],), device=x0.device)
    noise = torch.randn(x0.shape, device=x0.device, dtype=x0.dtype)
    predicted = model(q_sample(x0, t, noise), t)
    return (predicted - noise).abs().mean()
