def snr(t):
    abar = alphas_cumprod[t]
    return abar
