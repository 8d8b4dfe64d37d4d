def posterior_mean(x_t, t, pictures):
    a = alphas_cumprod[t]
    d = ((x_t - a.sqrt() * pictures) ** 2).flatten(1).sum(1)
    w = torch.softmax(-d / (2 * (1 - a)), dim=0)
    return (w.reshape(-1, 1, 1, 1) * pictures).sum(0, keepdim=True)
