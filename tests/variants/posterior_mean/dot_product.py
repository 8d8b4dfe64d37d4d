def posterior_mean(x_t, t, pictures):
    # the term |x_t|^2 is the same for all pictures and cancels
    abar = alphas_cumprod[t]
    flat = pictures.flatten(1)
    logits = (abar.sqrt() * flat @ x_t.flatten() - abar / 2 * flat.square().sum(1)) / (1 - abar)
    return (logits.softmax(0) @ flat).reshape(x_t.shape)
