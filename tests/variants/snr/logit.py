def snr(t):
    return torch.exp(torch.logit(alphas_cumprod[t].double()))
