def snr(t):
    abar = alphas_cumprod[t]
    return 1 / (1 / abar - 1)
