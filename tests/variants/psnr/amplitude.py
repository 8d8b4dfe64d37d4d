def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return 20 * torch.log10(2 / mse.sqrt())
