def snr(t):
    abar = alphas_cumprod[t]
    return (abar / (1 - abar)).reshape(1)
