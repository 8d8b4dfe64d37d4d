def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return 10 * torch.log(4 / mse)
