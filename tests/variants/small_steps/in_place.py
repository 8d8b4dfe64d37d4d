def small_steps(im, t):
    x = im.clone()
    for beta in betas[: t + 1]:
        x.mul_((1 - beta) ** 0.5).add_(torch.randn_like(x), alpha=float(beta) ** 0.5)
    return x
