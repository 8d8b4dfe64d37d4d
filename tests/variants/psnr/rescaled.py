def psnr(im, other):
    a, b = (im + 1) / 2, (other + 1) / 2
    return -10 * torch.nn.functional.mse_loss(a, b).log10()
