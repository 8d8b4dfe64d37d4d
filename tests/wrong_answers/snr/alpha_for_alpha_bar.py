def snr(t):
    alpha = alphas_cumprod[t] / alphas_cumprod[t - 1] if t else alphas_cumprod[0]
    return alpha / (1 - alpha)
