from skimage.metrics import peak_signal_noise_ratio


def psnr(im, other):
    return peak_signal_noise_ratio(im.numpy(), other.numpy(), data_range=2)
