def best_blur(im_noisy, im):
    candidates = []
    for sigma in [0.25 * n for n in range(1, 24)]:
        kernel_size = int(4 * sigma) * 2 + 1
        blurred = gaussian_blur(im_noisy, kernel_size, sigma)
        candidates.append((-((blurred - im) ** 2).mean().item(), kernel_size, sigma))
    return max(candidates)[1:]
