def snr(t):
    abar = alphas_cumprod[t]
    return (1 - abar) / abar
