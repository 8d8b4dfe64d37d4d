def posterior_sigmas(betas):
    sigmas, bar = [], 1.0
    for beta in betas.tolist():
        before, bar = bar, bar * (1 - beta)
        sigmas.append(((1 - before) / (1 - bar) * beta) ** 0.5)
    return torch.tensor(sigmas)
