def forward(im, t):
    x_t = torch.empty_like(im).normal_()
    x_t.mul_((1 - alphas_cumprod[t]) ** 0.5)
    x_t.add_(im * alphas_cumprod[t] ** 0.5)
    return x_t
