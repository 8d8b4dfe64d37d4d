def forward(im, t):
    noisy = []
    for picture in im:
        noisy.append(picture * alphas_cumprod[t] ** 0.5 + torch.randn(picture.shape) * (1 - alphas_cumprod[t]) ** 0.5)
    return torch.stack(noisy)
