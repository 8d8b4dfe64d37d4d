def small_steps(im, t):
    x_t = im.double()
    for beta in betas.double()[: t + 1]:
        x_t = torch.normal(torch.sqrt(1 - beta) * x_t, torch.sqrt(beta).item())
    return x_t
