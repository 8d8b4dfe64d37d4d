def p_losses(model, x0):
    t = torch.randint(low=0, high=len(betas), size=(len(x0),))
    noise = torch.randn_like(x0)
    return nn.functional.l1_loss(input=model(q_sample(x0, t, noise=noise), t), target=noise, reduction="mean")
