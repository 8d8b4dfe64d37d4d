def best_blur(im_noisy, im):
    candidates = []
    for sigma in torch.arange(0.2, 6, 0.2).tolist():
        kernel_size = 31
        blurred = gaussian_blur(im_noisy, kernel_size, sigma)
        candidates.append((-((blurred - im) ** 2).mean().item(), kernel_size, sigma))
    return max(candidates)[1:]
