sqrt_alphas_cumprod = alphas_cumprod**0.5
sqrt_one_minus_alphas_cumprod = (1.0 - alphas_cumprod) ** 0.5


def forward(im, t):
    def extract(table):
        return table.gather(0, torch.as_tensor(t).reshape(1)).reshape(1, 1, 1, 1)

    return extract(sqrt_alphas_cumprod) * im + extract(sqrt_one_minus_alphas_cumprod) * torch.randn(im.shape)
