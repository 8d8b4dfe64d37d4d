def snr(t):
    abar = alphas_cumprod[t]
    return float(abar) / (1 - float(abar))
