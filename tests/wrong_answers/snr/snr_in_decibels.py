def snr(t):
    abar = alphas_cumprod[t]
    return 10 * torch.log10(abar / (1 - abar))
