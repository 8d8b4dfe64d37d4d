def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return 10 * torch.log10(mse / 4)
