def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return torch.log10(4 / mse)
